const lines = (text: string) => text.trim().split(/\n\s*/)

export const json: string[] = [
  ...String.raw`{} [] null true false "" 0 1 -1 1.0 1.10 -0 1e2 1E+2 1e-7 100 0.1 12345678901234567890 1.0000000000000000001
    9007199254740993 1e400 -1e-400 3.141592653589793238462643383279 [1,2,3] [[],{},[[]]] {"a":1,"b":2} {"b":2,"a":1}
    {"a":1,"a":2} {"a":{"x":1,"x":1}} {"":0} {"A":1,"a":2} {"aa":1,"b":2,"Z":3} {"10":1,"9":2} "a\"b" "a\\b" "a\/b" "a/b"
    "\b\f\n\r\t" "\u0041" "\u00e9" "é" "\ud83d\ude00" "😀" "\u0000" "\\u0000" "\u001f" "<null>" "\\N" "null" {"a":"tab\there"}
    {"n":1.50,"m":[0.10,2e1]} {"big":123456789012345678901234567890.5} [true,false,null,"",0] {"a":[1.0]} {"amount":19.99}
    {"k":"?unfit:x"} "?unfit:x" {"a":"1"} {"a":1} {"a":true} {"a":null} {"a":[]} {"a":{}} {"\u0061":1}`.split(
    /\s+/,
  ),
  ...['[ 1 , 2 ,3 ]', '{ "a" : [ 1, { "b" : null } ] }', '  {"space":  "around"}  ', '{"a":"it\'s"}'],
  ...['{"é":1,"e\u0301":2}', '"\u007f\u2028\u2029"', '"a, b"', `${'['.repeat(90)}${']'.repeat(90)}`],
  `{"long":"${'x'.repeat(3000)}"}`,
]

/** PostgreSQL's text of an array, and the JSON that means the same. */
const paired = (text: string) => lines(text).map(line => line.split(/ += +/) as [text: string, json: string])

export const arrays: Record<string, [text: string, json: string][]> = {
  'integer[]': paired(`
    {} = []
    {0} = [0]
    {1,2,3} = [1,2,3]
    {NULL} = [null]
    {1,NULL,-3} = [1,null,-3]
    {{1,2},{3,4}} = [[1,2],[3,4]]
    {2147483647,-2147483648} = [2147483647,-2147483648]`),
  'bigint[]': paired(`
    {9223372036854775807,-9223372036854775808} = [9223372036854775807,-9223372036854775808]
    {9007199254740993} = [9007199254740993]
    {} = []`),
  'numeric[]': paired(`
    {1.5,-0.25} = [1.5,-0.25]
    {12345678901234567890.123456789} = [12345678901234567890.123456789]
    {NULL,0} = [null,0]`),
  'boolean[]': paired(`
    {t,f} = [true,false]
    {NULL,t} = [null,true]`),
  'text[]': [
    ...paired(String.raw`
    {} = []
    {a,b} = ["a","b"]
    {""} = [""]
    {NULL} = [null]
    {"NULL"} = ["NULL"]
    {NULL,"null"} = [null,"null"]
    {"a,b","c d"} = ["a,b","c d"]
    {"a\"b"} = ["a\"b"]
    {"a\\b"} = ["a\\b"]
    {"{}"} = ["{}"]
    {" a "} = [" a "]
    {é,😀} = ["é","😀"]
    {"\\N"} = ["\\N"]
    {{a,b},{c,NULL}} = [["a","b"],["c",null]]`),
    ['{"a\tb","a\nb"}', '["a\\tb","a\\nb"]'],
  ],
}

/** By the engine and its declared type. */
export const others: Record<string, string[]> = {
  'postgres inet': ['192.168.0.1', '10.0.0.0/8', '::1', '2001:db8::1/64'],
  'postgres cidr': ['192.168.0.0/24', '2001:db8::/32'],
  'postgres macaddr': ['08:00:2b:01:02:03', 'ff:ff:ff:ff:ff:ff'],
  'postgres money': ['$1.00', '-$1,234.56'],
  'postgres point': ['(1,2)', '(0.1,-3)'],
  'postgres int4range': ['[1,10)', '(,5)', 'empty', '(,)'],
  'postgres tsvector': ["'a' 'fat'", "'it''s':1 'x':2"],
  'postgres xml': ['<a/>', '<a b="c">d &amp; e</a>'],
  'postgres time with time zone': ['12:00:00+00', '23:59:59.999999+05:30', '00:00:00-08'],
  'mysql point': ['POINT(1 2)', 'POINT(0.5 -3)'],
  'mysql inet6': ['::1', '2001:db8::1', '::ffff:192.168.0.1'],
}

/** For SQLite, where any text is. */
export const looseOthers = ['192.168.0.1', '10.0.0.0/8', '::1']

export const labels = [
  ...String.raw`a B b quo"te com;ma back\slash é 😀 null NULL 0 1 f ?unfit:x \N it's`.split(' '),
  'with space',
]

/** Members of a set hold no comma. */
export const members = ['a', 'B', 'c d', 'é', 'null', "it's"]

export const sets = ['', 'a', 'B', 'a,c d', "a,B,c d,it's,null,é", 'null', 'é', "B,it's"]
