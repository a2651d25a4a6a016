/** The event that a request arrives as. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'

/** Payload 2.0 of an HTTP API. The smallest events of tests have no `http`; API Gateway always sends it. */
export type ApiEvent = Omit<APIGatewayProxyEventV2, 'requestContext'> & {
  readonly requestContext: Omit<APIGatewayProxyEventV2['requestContext'], 'http'> & {
    readonly http?: APIGatewayProxyEventV2['requestContext']['http']
  }
}
