/** Hostile requests that no HTTP client would send: bytes for a socket, and the statuses that may follow (0: closed without a word). */

/** Bytes on the wire that no client writes; AUTH is a good Authorization header of the team. */
export const RAW: readonly (readonly [string, string, readonly number[]])[] = [
  ['a path with dots', 'GET /v1/jobs/../teams/risk/usage HTTP/1.1\r\nHost: x\r\nAUTH\r\n\r\n', [404]],
  [
    'a path of dots to an admin route',
    'POST /v1/jobs/../clusters/local/drain HTTP/1.1\r\nHost: x\r\nAUTH\r\n\r\n',
    [404, 405],
  ],
  ['a backslash', 'GET /v1\\jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\n\r\n', [400, 404]],
  ['an absolute target', 'GET http://evil.example/v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\n\r\n', [400, 404]],
  ['a star', 'OPTIONS * HTTP/1.1\r\nHost: x\r\nAUTH\r\n\r\n', [400, 404]],
  ['CONNECT', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\nAUTH\r\n\r\n', [400, 404, 405, 0]],
  ['TRACE', 'TRACE /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\n\r\n', [400, 404, 405]],
  [
    'two Authorization headers',
    'GET /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nAuthorization: Bearer x\r\n\r\n',
    [400, 401],
  ],
  ['the same Authorization twice', 'GET /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nAUTH\r\n\r\n', [400, 401]],
  ['two Host headers', 'GET /v1/jobs HTTP/1.1\r\nHost: x\r\nHost: y\r\nAUTH\r\n\r\n', [200, 400]],
  [
    'two keys',
    'POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nContent-Type: application/yaml\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: 2\r\n\r\n{}',
    [400],
  ],
  [
    'two content types',
    'POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nContent-Type: application/yaml\r\nContent-Type: text/html\r\nIdempotency-Key: a\r\nContent-Length: 2\r\n\r\n{}',
    [400, 415],
  ],
  [
    'two lengths',
    'POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}}',
    [400],
  ],
  [
    'a length beside chunks (request smuggling)',
    'POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/whoami HTTP/1.1\r\nHost: x\r\n\r\n',
    [400],
  ],
  [
    'chunks of no size',
    'POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    [400, 0],
  ],
  [
    'a header that is folded',
    'GET /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nX-A: b\r\n Authorization: c\r\n\r\n',
    [200, 400, 401],
  ],
  ['a header without a name', 'GET /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\n: b\r\n\r\n', [400]],
  ['a blank before the colon', 'GET /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nX-Team : risk\r\n\r\n', [400]],
  ['a NUL in a header', 'GET /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nX-A: b\0c\r\n\r\n', [400]],
  ['no host', 'GET /v1/jobs HTTP/1.1\r\nAUTH\r\n\r\n', [400]],
  ['another protocol', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 0]],
  ['a version of another protocol', 'GET /v1/whoami HTTP/2.0\r\nHost: x\r\nAUTH\r\n\r\n', [400]],
  ['a version of nobody', 'GET /v1/whoami HTTP/9.9\r\nHost: x\r\nAUTH\r\n\r\n', [400]],
  ['a host with a path', 'GET /v1/whoami HTTP/1.1\r\nHost: x/../\r\nConnection: close\r\nAUTH\r\n\r\n', [400]],
  ['a host with a user', 'GET /v1/whoami HTTP/1.1\r\nHost: a@b\r\nConnection: close\r\nAUTH\r\n\r\n', [400]],
  ['an empty host', 'GET /v1/whoami HTTP/1.1\r\nHost:\r\nConnection: close\r\nAUTH\r\n\r\n', [400]],
  ['a host beyond ASCII', 'GET /v1/whoami HTTP/1.1\r\nHost: \u00e9vil\r\nConnection: close\r\nAUTH\r\n\r\n', [400]],
  ['line feeds alone', 'GET /v1/whoami HTTP/1.1\nHost: x\nAUTH\n\n', [400]],
  ['carriage returns alone', 'GET /v1/whoami HTTP/1.1\rHost: x\rAUTH\r\r', [400]],
  ['a method in small letters', 'get /v1/whoami HTTP/1.1\r\nHost: x\r\nAUTH\r\n\r\n', [400]],
  ['a raw byte in the path', 'GET /v1/jobs/\u0001 HTTP/1.1\r\nHost: x\r\nAUTH\r\n\r\n', [400]],
  ['an authorization that is folded', 'GET /v1/whoami HTTP/1.1\r\nHost: x\r\nX: y\r\n AUTH\r\n\r\n', [400, 401]],
  [
    'an authorization behind the body',
    'POST /v1/validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/yaml\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nAUTH\r\n\r\n',
    [401],
  ],
  [
    'a key behind the body',
    'POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nContent-Type: application/yaml\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nIdempotency-Key: a\r\n\r\n',
    [400, 422],
  ],
  ...['xchunked', 'chunked, identity', 'gzip, chunked', 'chunked\r\nTransfer-Encoding: identity'].map(
    (coding): [string, string, number[]] => [
      `the transfer coding ${JSON.stringify(coding)}`,
      `POST /v1/validate HTTP/1.1\r\nHost: x\r\nAUTH\r\nContent-Type: application/yaml\r\nTransfer-Encoding: ${coding}\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
      [400],
    ],
  ),
  ...['+2', '-1', '0x2', '2, 2', '99999999999999999999'].map((length): [string, string, number[]] => [
    `the length ${length}`,
    `POST /v1/validate HTTP/1.1\r\nHost: x\r\nAUTH\r\nContent-Type: application/yaml\r\nContent-Length: ${length}\r\n\r\n{}`,
    [400],
  ]),
  ...['ffffffffffffffffff', '-5', '5;a="'].map((size): [string, string, number[]] => [
    `a chunk of the size ${size}`,
    `POST /v1/validate HTTP/1.1\r\nHost: x\r\nAUTH\r\nContent-Type: application/yaml\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\na: 1\n\r\n0\r\n\r\n`,
    [400],
  ]),
  [
    'a body announced that nobody has',
    'POST /v1/validate HTTP/1.1\r\nHost: x\r\nAUTH\r\nContent-Type: application/yaml\r\nExpect: 100-continue\r\nContent-Length: 99000000\r\n\r\n',
    [413],
  ],
  [
    'an expectation of nobody',
    'POST /v1/validate HTTP/1.1\r\nHost: x\r\nAUTH\r\nExpect: 200-ok\r\nContent-Length: 2\r\n\r\n{}',
    [417],
  ],
  ['no protocol', 'GET /v1/jobs\r\n\r\n', [400, 401, 0]],
]

/** Its sender leaves before it is whole. */
export const CUT =
  'POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nIdempotency-Key: cut\r\nContent-Type: application/yaml\r\nContent-Length: 100\r\n\r\nname: cut'
