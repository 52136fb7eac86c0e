// Writes what is derived from the sources: the JSON Schema of the plan and the list of errors.
import { writeFileSync } from 'node:fs'
import { errorTable } from '../dist/model/error.js'
import { PlanSchema } from '../dist/plan/schema.js'

writeFileSync(
  new URL('../cutover.schema.json', import.meta.url),
  `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...PlanSchema }, null, 2)}\n`,
)

const rows = Object.entries(errorTable).map(
  ([code, { exit, title, hint }]) => `| \`${code}\` | ${exit} | ${title} | ${hint.replaceAll('|', '\\|')} |`,
)
writeFileSync(
  new URL('../docs/errors.md', import.meta.url),
  `# Errors

Every failure says its code, where it happened, why, and what to do next. With \`--json\` the same stands in
\`{ "error": { "code", "title", "where", "message", "hint" } }\`. Generated from \`src/model/error.ts\`.

| code | exit code | what failed | what to do |
|---|---|---|---|
${rows.join('\n')}
`,
)
