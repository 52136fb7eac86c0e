// The http-proxy package as it is commonly set up: node http-proxy.mjs PORT TARGET
import { Agent } from 'node:http'
import { createProxyServer } from 'http-proxy'

const [port, target] = process.argv.slice(2)
createProxyServer({ target, agent: new Agent({ keepAlive: true, maxSockets: 256 }) }).listen(
  Number(port),
  '127.0.0.1',
)
