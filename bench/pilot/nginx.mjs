import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listening } from './processes.mjs'

/**
 * nginx with one worker process, in the foreground.
 *
 * @param server what stands in `http { … }`
 */
export async function startNginx(name, server, port, { folder, children }) {
  const prefix = join(folder, name)
  mkdirSync(prefix, { recursive: true })
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    kind => `${kind}_temp_path ${prefix}/${kind};`,
  )
  writeFileSync(
    join(prefix, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${prefix}/pid; error_log ${prefix}/error.log;
events { worker_connections 1024; }
http { access_log off; ${temporary.join(' ')} keepalive_requests 1000000000;
${server}
}`,
  )
  const child = spawn('nginx', ['-p', prefix, '-c', join(prefix, 'nginx.conf')], { stdio: 'ignore' })
  children.add(child)
  await listening(port)
  return child
}

/** An application that costs next to nothing: every path answers with this text. */
export function application(port, body, type = 'application/json') {
  return `server { listen 127.0.0.1:${port}; location / { default_type ${type}; return 200 '${body}'; } }`
}

/** Both proxies pass on to `old`; with `shadow` each request is mirrored there as well, and its answer thrown away. */
export function proxy(port, old, shadow) {
  return `upstream old { server 127.0.0.1:${old}; keepalive 64; }
upstream shadow { server 127.0.0.1:${shadow ?? old}; keepalive 64; }
server {
  listen 127.0.0.1:${port};
  proxy_http_version 1.1; proxy_set_header Connection "";
  location / { ${shadow ? 'mirror /mirror; mirror_request_body off;' : ''} proxy_pass http://old; }
  location = /mirror { internal; proxy_pass http://shadow$request_uri; proxy_pass_request_body off; proxy_set_header Content-Length ""; }
}`
}
