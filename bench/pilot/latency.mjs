import { connect } from 'node:net'
import { build } from 'hdr-histogram-js'

const CONNECTIONS = 64

/**
 * How long answers take at a steady rate. Requests set out whether or not earlier ones have been answered, so that a pause
 * of whoever answers counts for each request that met it. Over bare sockets, because a client that costs more than the proxy
 * would measure itself.
 *
 * @returns a histogram of microseconds, and how many requests failed
 */
export async function steadyLoad(port, { perSecond, seconds, paths = ['/students/17'] }) {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000,
    numberOfSignificantValueDigits: 3,
  })
  const total = perSecond * seconds
  let failed = 0
  let answered = 0
  let sent = 0
  const idle = []
  const waiting = []
  const all = []
  const started = performance.now()
  await new Promise(resolve => {
    const done = (sentAt, status) => {
      if (status === 200) histogram.recordValue(Math.max(1, Math.round((performance.now() - sentAt) * 1000)))
      else failed++
      if (++answered === total) {
        clearInterval(ticking)
        resolve()
      }
    }
    const open = () => {
      const connection = new Connection(port, done, idle, waiting, open)
      all.push(connection)
      idle.push(connection)
    }
    for (let index = 0; index < CONNECTIONS; index++) open()
    const ticking = setInterval(() => {
      const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * perSecond))
      for (; sent < due; sent++) {
        const request = { sentAt: performance.now(), path: paths[sent % paths.length] }
        const connection = idle.pop()
        if (connection) connection.send(request)
        else waiting.push(request)
      }
    }, 1)
  })
  for (const connection of all) connection.end()
  return { histogram, failed }
}

/** A kept connection with one request at a time, whose answers say their length. */
class Connection {
  #request = null
  #left = 0
  #head = ''
  #status = 0
  #ended = false

  constructor(port, done, idle, waiting, replace) {
    this.done = done
    this.idle = idle
    this.waiting = waiting
    this.socket = connect(port, '127.0.0.1').setNoDelay()
    this.socket.on('data', piece => this.#take(piece))
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      if (this.#ended) return
      const at = idle.indexOf(this)
      if (at !== -1) idle.splice(at, 1)
      if (this.#request) this.done(this.#request.sentAt, 0)
      replace()
    })
  }

  send(request) {
    this.#request = request
    this.socket.write(`GET ${request.path} HTTP/1.1\r\nHost: bench\r\n\r\n`)
  }

  end() {
    this.#ended = true
    this.socket.destroy()
  }

  #take(piece) {
    let content = piece.length
    if (this.#left === 0) {
      this.#head += piece.toString('latin1')
      const end = this.#head.indexOf('\r\n\r\n')
      if (end === -1) return
      this.#status = Number(this.#head.slice(9, 12))
      this.#left = Number(/content-length: (\d+)/i.exec(this.#head)[1])
      content = this.#head.length - end - 4
      this.#head = ''
    }
    this.#left -= content
    if (this.#left > 0) return
    const { sentAt } = this.#request
    this.#request = null
    const next = this.waiting.shift()
    if (next) this.send(next)
    else this.idle.push(this)
    this.done(sentAt, this.#status)
  }
}

/**
 * The latency of the primary with the shadow on against off, and what the pilot adds to no proxy at all: many short blocks
 * in turn, so that whatever else the machine does meets all of them.
 */
export async function addedLatency(stage, { perSecond, seconds, runs, say }) {
  const on = await stage.pilot({})
  const off = await stage.pilot({ mirrored: false })
  const ports = { 'no proxy': stage.direct, 'pilot, shadow off': off.port, 'pilot, shadow on': on.port }
  for (const port of Object.values(ports)) await steadyLoad(port, { perSecond, seconds: 2 })
  const blocks = Object.fromEntries(Object.keys(ports).map(name => [name, []]))
  for (let round = 0; round < runs; round++) {
    // The order turns, so that no subject always follows another.
    const names = Object.keys(ports)
    for (const name of [...names.slice(round % 3), ...names.slice(0, round % 3)]) {
      const { histogram, failed } = await steadyLoad(ports[name], { perSecond, seconds })
      if (failed > 0) throw new Error(`${name}: ${failed} requests failed`)
      blocks[name].push(histogram)
    }
    say(`round ${round + 1} of ${runs} at ${perSecond}/s`)
  }
  const { scoreboard } = await on.end()
  await off.end()
  return { blocks, scoreboard }
}
