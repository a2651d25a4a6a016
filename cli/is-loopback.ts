/** Which hosts are this machine: plain HTTP is for them alone. */

/** True where what is sent stays on this machine. */
export const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname)
