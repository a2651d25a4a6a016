/** Who the caller is, as `requestContext.authorizer` shows it to the function. */

/** The claims of a verified token. API Gateway hands every claim over as text. */
export interface JwtIdentity {
  readonly jwt: { readonly claims: Record<string, string>; readonly scopes: string[] }
}

/** The owner of the key that signed the request. */
export interface IamIdentity {
  readonly iam: {
    readonly accessKey: string
    readonly accountId: string
    readonly callerId: string
    readonly cognitoIdentity: null
    readonly principalOrgId: string
    readonly userArn: string
    readonly userId: string
  }
}

/** One of the two; a request has at most one. */
export type Identity = JwtIdentity | IamIdentity

/** What an authorizer found. `reason` is for logs and the WWW-Authenticate header; it never holds a secret. */
export type AuthorizationVerdict =
  | { readonly kind: 'allowed'; readonly identity: Identity }
  | { readonly kind: 'unauthorized'; readonly reason: string }
  | { readonly kind: 'forbidden'; readonly reason: string }
