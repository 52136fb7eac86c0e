/** Makes iscedemy's tables and rows in an empty database, the same every time; `scale` 1 is 3,000 users. Gives the rows by table. */
export function generate(url: string, scale?: number): Promise<Record<string, number>>
