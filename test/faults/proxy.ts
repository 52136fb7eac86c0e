import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A way to a server that can be cut. */
export interface Proxy {
  /** `127.0.0.1:port` */
  host: string
  /** Resets every connection there is; returns how many. New ones are let through. */
  cut(): number
  close(): Promise<void>
}

/** @param url of the server behind it */
export async function startProxy(url: string): Promise<Proxy> {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer(client => {
    const behind = connect({ host: hostname, port: Number(port) })
    keep(client)
    keep(behind)
    client.pipe(behind).pipe(client)
    client.on('close', () => behind.destroy())
    behind.on('close', () => client.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    const cutNow = [...sockets]
    for (const socket of cutNow) socket.resetAndDestroy()
    return cutNow.length / 2
  }
  return {
    host: `127.0.0.1:${(server.address() as { port: number }).port}`,
    cut,
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
