import type pg from 'pg'

/** Gives null where PostgreSQL refuses a value instead of failing the whole array. */
export const attempt = `
  SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET extra_float_digits = 1;
  CREATE FUNCTION attempt(sql text, x text) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE result text;
  BEGIN
    EXECUTE sql INTO result USING x;
    RETURN result;
  EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
  END $$`

/** What PostgreSQL makes of each text by an expression over `$1`, in one round trip. */
export async function oracle(
  client: pg.Client,
  expression: string,
  texts: string[],
): Promise<(string | null)[]> {
  const { rows } = await client.query<{ result: string | null }>(
    `SELECT attempt($1, x) AS result FROM unnest($2::text[]) WITH ORDINALITY u(x, i) ORDER BY i`,
    [`SELECT ${expression}`, texts],
  )
  return rows.map(row => row.result)
}
