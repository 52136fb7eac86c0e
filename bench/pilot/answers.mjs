// An application with answers that are hard to compare: node answers.mjs PORT SEED. With another seed every value differs.
import { createServer } from 'node:http'

const [port, seed] = process.argv.slice(2).map(Number)

function records(bytes) {
  const list = []
  for (let size = 0, index = 0; size < bytes; index++) {
    const record = {
      id: index,
      name: `name ${index * seed}`,
      amount: (index * seed) / 100,
      tags: [index, seed],
    }
    list.push(record)
    size += JSON.stringify(record).length + 1
  }
  return JSON.stringify({ list })
}

const depth = 10_000
const answers = {
  '/small': records(500),
  '/1m': records(1_000_000),
  '/20m': records(20_000_000),
  '/deep': `${'[{"a":'.repeat(depth / 2)}${seed}${'}]'.repeat(depth / 2)}`,
}
const bodies = Object.fromEntries(Object.entries(answers).map(([path, text]) => [path, Buffer.from(text)]))

createServer((request, response) => {
  const body = bodies[request.url] ?? Buffer.from('{}')
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
}).listen(port, '127.0.0.1')
