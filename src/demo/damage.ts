/** One accident on the target after the migration, of the kind that row counts do not see. */
export interface Damage {
  table: string
  /** The primary key of the row in question as text; empty where the accident concerns no row. */
  key: string
  /** One plain sentence for people. */
  what: string
  sql: string[]
}

export const damages: Damage[] = [
  {
    table: 'enrollments',
    key: '1207',
    what: 'A script in the wrong time zone moved one enrollment by an hour.',
    sql: [`update "enrollments" set "enrolled_at" = "enrolled_at" + interval '1 hour' where "id" = 1207`],
  },
  {
    table: 'users',
    key: '707',
    what: 'A form saved an empty nickname as NULL.',
    sql: [`update "users" set "nickname" = null where "id" = 707 and "nickname" = ''`],
  },
  {
    table: 'lessons',
    key: '90',
    what: 'An import trimmed the trailing space of a lesson title.',
    sql: [`update "lessons" set "title" = rtrim("title") where "id" = 90`],
  },
  {
    table: 'payments',
    key: '3003',
    what: 'A rounding error changed the last digit of one amount.',
    sql: [`update "payments" set "amount" = "amount" + 0.01 where "id" = 3003`],
  },
  {
    table: 'grades',
    key: '4711',
    what: 'One grade was deleted.',
    sql: [`delete from "grades" where "id" = 4711`],
  },
  {
    table: 'order',
    key: '7001',
    what: 'Somebody tried out the new system and left an order behind.',
    sql: [
      `insert into "order" ("id", "student_id", "group", "total", "currency", "placed_at") overriding system value
       values (7001, 1, 'test', 1.00, 'EUR', '2025-06-01 12:00:00')`,
    ],
  },
  {
    table: 'forum_posts',
    key: '530',
    what: 'A client with the wrong encoding turned an emoji into a question mark.',
    sql: [`update "forum_posts" set "body" = replace("body", '🎉', '?') where "id" = 530`],
  },
  {
    table: 'modules',
    key: '333',
    what: 'A mandatory module became optional.',
    sql: [`update "modules" set "isOptional" = not "isOptional" where "id" = 333`],
  },
  {
    table: 'certificates',
    key: 'CERT-91879/100',
    what: 'A certificate lost the enrollment it belongs to, after its foreign key was dropped.',
    sql: [
      dropForeignKeys('certificates', 'enrollment_id'),
      `update "certificates" set "enrollment_id" = 999999 where "serial" = 'CERT-91879/100'`,
    ],
  },
  {
    table: 'users',
    key: '',
    what: 'The sequence of users.id was set back, so the next sign-up collides with an old account.',
    sql: [`select setval(pg_get_serial_sequence('"users"', 'id'), 1)`],
  },
]

/** The constraint's name is up to whoever created the table, so it is looked up. */
function dropForeignKeys(table: string, column: string): string {
  return `do $$
declare foreign_key name;
begin
  for foreign_key in
    select c.conname from pg_constraint c
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
    where c.contype = 'f' and c.conrelid = '"${table}"'::regclass and a.attname = '${column}'
  loop
    execute format('alter table "${table}" drop constraint if exists %I', foreign_key);
  end loop;
end $$`
}
