import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LogicalType } from '../src/model/logical-type.ts'
import { encodeLine } from '../src/model/row-line.ts'
import type { MappedColumn } from '../src/plan/mapping.ts'
import type { RuleDocument } from '../src/plan/schema-columns.ts'
import { foldCase } from '../src/verify/normal-form.ts'
import { differsOnlyInNormalisation, notesOn } from '../src/verify/notes.ts'
import { judgeOf } from '../src/verify/rules.ts'

const text: LogicalType = { kind: 'text' }
const decimal: LogicalType = { kind: 'decimal' }
const timestamp: LogicalType = { kind: 'timestamp', precision: 6, zone: false }
const json: LogicalType = { kind: 'json', binary: true }
const array: LogicalType = { kind: 'array', element: 'text' }

type Rule = Omit<RuleDocument, 'reason'>

function column(name: string, type: LogicalType, rules: Rule[] = [], redacted = false): MappedColumn {
  return {
    name,
    source: name,
    expression: name,
    made: { column: null, expression: name, inputs: [name], carries: name },
    ownType: type,
    plannedType: null,
    type,
    targetType: type,
    targetExpression: name,
    targetOwn: type,
    discovered: false,
    declared: '',
    native: false,
    rounded: false,
    rules: rules.map(rule => ({ ...rule, reason: 'for the test' })),
    loaded: true,
    redacted,
  }
}

/** A row as the compare room hands it over: latin1 text, one character a byte. */
function line(...values: (string | null)[]): string {
  return Buffer.from(encodeLine(values)).toString('latin1').slice(0, -1)
}

/** Whether the rules of one column excuse that `source` became `target`. */
function excused(type: LogicalType, rules: Rule[], source: string | null, target: string | null): boolean {
  return judgeOf([column('value', type, rules)])!.excuse(line(source), line(target))
}

/** Each pair of values must be excused, or not, whichever side holds which. */
function expectExcused(type: LogicalType, rule: Rule | Rule[], yes: Pair[], no: Pair[]) {
  for (const [pairs, expected] of [
    [yes, true],
    [no, false],
  ] as const) {
    for (const [one, other] of pairs) {
      const rules = Array.isArray(rule) ? rule : [rule]
      expect(excused(type, rules, one, other), `${one} → ${other}`).toBe(expected)
      expect(excused(type, rules, other, one), `${other} → ${one}`).toBe(expected)
    }
  }
}

type Pair = [string | null, string | null]

describe('a rule', () => {
  it('trim: spaces at either end, and no other white space', () => {
    expectExcused(
      text,
      { trim: true },
      [
        [' a', 'a'],
        ['a  ', ' a'],
        ['   ', ''],
      ],
      [
        ['a\t', 'a'],
        ['a\u00a0', 'a'],
        ['a b', 'ab'],
        ['a\n', 'a'],
        ['', null],
      ],
    )
  })

  it('ignore_case: simple folding, character by character', () => {
    expectExcused(
      text,
      { ignore_case: true },
      [
        ['Ann', 'aNN'],
        ['ÉCOLE', 'école'],
        ['ΟΔΟΣ', 'οδος'],
        ['ΣΑΣ', 'σας'],
        ['STRAẞE', 'straße'],
        ['\u212a', 'k'],
        ['𐐀', '𐐨'],
        ['E\u0301', 'e\u0301'],
      ],
      [
        ['straße', 'STRASSE'],
        ['İ', 'i'],
        ['İ', 'i\u0307'],
        ['ı', 'I'],
        ['ı', 'i'],
        ['é', 'e'],
        ['é', 'e\u0301'],
        ['ﬁ', 'FI'],
        ['a ', 'A'],
      ],
    )
  })

  it('null_as_empty: NULL and the empty text, and no other', () => {
    expectExcused(
      text,
      { null_as_empty: true },
      [[null, '']],
      [
        [null, ' '],
        [null, 'NULL'],
        [null, '\\N'],
      ],
    )
  })

  it('round: exact decimals, half away from zero', () => {
    expectExcused(
      decimal,
      { round: 2 },
      [
        ['1.005', '1.01'],
        ['-1.005', '-1.01'],
        ['-0.004', '0'],
        ['12345678901234567890.125', '12345678901234567890.13'],
      ],
      [
        ['1.004', '1.01'],
        ['1.005', '1'],
        ['12345678901234567890.12', '12345678901234567890.13'],
        ['NaN', '0'],
        ['NaN', 'Infinity'],
        [null, '0'],
      ],
    )
    expectExcused(decimal, { round: 0 }, [['2.5', '3']], [['2.5', '2']])
    expectExcused({ kind: 'float', bits: 64 }, { round: 3 }, [['1.5e-05', '0']], [['1.5e+20', '1.6e+20']])
    expectExcused(
      { kind: 'float', bits: 64 },
      { round: 1 },
      [['0.30000000000000004', '0.3']],
      [['Infinity', 'NaN']],
    )
  })

  it('precision: digits beyond it are cut, not rounded', () => {
    expectExcused(
      timestamp,
      { precision: 'ms' },
      [
        ['2024-01-01 10:00:00.123999', '2024-01-01 10:00:00.123'],
        ['2024-01-01 10:00:00.0009', '2024-01-01 10:00:00'],
        ['0044-03-15 12:00:00.1 BC', '0044-03-15 12:00:00.1004 BC'],
      ],
      [
        ['2024-01-01 10:00:00.1235', '2024-01-01 10:00:00.124'],
        ['2024-01-01 10:00:00', 'infinity'],
        ['2024-01-01 10:00:00', '2024-01-01 10:00:00 BC'],
      ],
    )
    expectExcused(timestamp, { precision: 's' }, [['2024-01-01 10:00:00.9', '2024-01-01 10:00:00']], [])
    const span: LogicalType = { kind: 'time', precision: 6, span: true }
    expectExcused(span, { precision: 's' }, [['-838:59:58.5', '-838:59:58']], [['00:00:01.5', '00:00:02']])
  })

  it('unordered: arrays in JSON at any depth, each item as often', () => {
    expectExcused(
      json,
      { unordered: true },
      [
        ['[1,2,3]', '[3,1,2]'],
        ['{"a":[{"b":["x","y"]},1]}', '{"a":[1,{"b":["y","x"]}]}'],
        ['["]","[",",","\\"]"]', '["\\"]",",","]","["]'],
        ['[[1,2],[3]]', '[[3],[2,1]]'],
      ],
      [
        ['[1,1,2]', '[1,2]'],
        ['[1,1,2]', '[1,2,2]'],
        ['[[1],[2]]', '[[1,2]]'],
        ['["1"]', '[1]'],
        ['{"a":1,"b":2}', '{"a":2,"b":1}'],
        ['["a,b"]', '["a","b"]'],
        ['[]', '{}'],
      ],
    )
  })

  it('unordered: the items of an array, and of a list separated by commas', () => {
    expectExcused(
      array,
      { unordered: true },
      [
        ['{a,"b,c",NULL}', '{NULL,a,"b,c"}'],
        ['{{1,2},{3,4}}', '{{4,3},{1,2}}'],
        ['[0:1]={a,b}', '[0:1]={b,a}'],
        ['{"a\\"}","{"}', '{"{","a\\"}"}'],
      ],
      [
        ['{a,b}', '{a}'],
        ['{a,a,b}', '{a,b,b}'],
        ['{NULL}', '{"NULL"}'],
        ['[0:1]={a,b}', '{b,a}'],
        ['{"a,b"}', '{a,b}'],
      ],
    )
    expectExcused(
      text,
      { unordered: true },
      [
        ['b,a', 'a,b'],
        ['["b", "a"]', '["a","b"]'],
      ],
      [
        ['a,a,b', 'a,b'],
        ['a, b', 'b,a'],
        ['ab', 'ba'],
        ['', null],
      ],
    )
    expectExcused(
      text,
      [{ unordered: true }, { trim: true }, { ignore_case: true }],
      [['A, b ', 'b,a']],
      [['a,b', 'a']],
    )
  })

  it('excuses no value that was refused, and no bytes that are no text', () => {
    expect(excused(decimal, [{ round: 0 }], '?unfit:1.2', '1')).toBe(false)
    expect(excused(timestamp, [{ precision: 's' }], '?unfit:', '2024-01-01 00:00:00')).toBe(false)
    expect(excused(json, [{ unordered: true }], '?unfit:[1,2', '[1]')).toBe(false)
    const judge = judgeOf([column('value', text, [{ ignore_case: true }])])!
    // As latin1 the bytes would be À and à, as UTF-8 the replacement character twice.
    expect(judge.excuse('\u00c0', '\u00e0')).toBe(false)
  })

  it('leaves what it is not about as different', () => {
    const rules: Rule[] = [{ trim: true }, { ignore_case: true }, { null_as_empty: true }]
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (one, other) => {
        const same = (value: string) => value.replace(/^ +| +$/g, '').toLowerCase()
        if (same(one) !== same(other) && same(one).toUpperCase() !== same(other).toUpperCase())
          expect(excused(text, rules, one, other)).toBe(false)
      }),
    )
  })
})

it('case folding agrees with the simple folding of regular expressions for every character', () => {
  for (let point = 0x80; point <= 0x10ffff; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue
    const character = String.fromCodePoint(point)
    const folded = foldCase(character)
    if (folded === character) continue
    expect([...folded]).toHaveLength(1)
    expect(new RegExp(`^${character}$`, 'iu').test(folded), character).toBe(true)
    expect(foldCase(folded)).toBe(folded)
  }
})

describe('a row', () => {
  const columns = [
    column('id', { kind: 'integer', bits: 64 }),
    column('name', text, [{ trim: true }, { ignore_case: true }]),
    column('total', decimal, [{ round: 0 }, { round: 2 }]),
    column('city', text),
  ]
  const counts = (judge: { excused(): { column: string; rule: string; rows: number }[] }) =>
    Object.fromEntries(judge.excused().map(({ column, rule, rows }) => [`${column} ${rule}`, rows]))

  it('is excused only where every field that differs is', () => {
    const judge = judgeOf(columns)!
    expect(judge.excuse(line('1', 'Ann ', '1.001', 'Bern'), line('1', 'Ann', '1', 'Bern'))).toBe(true)
    expect(judge.excuse(line('2', 'Ann ', '1.001', 'Bern'), line('2', 'Ann', '1', 'Basel'))).toBe(false)
    expect(judge.excuse(line('3', 'Ann ', '1.6', 'Bern'), line('3', 'Ann', '1', 'Bern'))).toBe(false)
    // What was not excused counts for no rule.
    expect(counts(judge)).toEqual({
      'name trim': 1,
      'name ignore_case': 0,
      'total round: 0': 1,
      'total round: 2': 0,
    })
  })

  it('counts the one rule that does by itself, else all that are needed together', () => {
    const judge = judgeOf(columns)!
    expect(judge.excuse(line('1', 'ANN', '1', null), line('1', 'ann', '1', null))).toBe(true)
    expect(judge.excuse(line('2', ' ANN', '1', null), line('2', 'ann', '1', null))).toBe(true)
    expect(judge.excuse(line('3', 'x', '0.499', null), line('3', 'x', '0.501', null))).toBe(true)
    expect(counts(judge)).toEqual({
      'name trim': 1,
      'name ignore_case': 2,
      'total round: 0': 0,
      'total round: 2': 1,
    })
  })

  it('needs no judge where no column has a rule', () => {
    expect(judgeOf([column('id', text), column('name', text)])).toBeNull()
  })
})

describe('a note', () => {
  const columns = [column('id', text), column('name', text), column('data', json)]

  it('names columns whose text is the same in another normalisation', () => {
    const [source, target] = [line('1', 'Rene\u0301', '{}'), line('1', 'Ren\u00e9', '{}')]
    expect(notesOn(source, target, columns)).toEqual(['name: the same text in another Unicode normalisation'])
    expect(differsOnlyInNormalisation(source, target)).toBe(true)
    expect(differsOnlyInNormalisation(source, line('1', 'Ren\u00e9', '[]'))).toBe(false)
    expect(differsOnlyInNormalisation(line('1', '\u212b', null), line('1', 'a', null))).toBe(false)
  })

  it('names the key an object has twice on one side', () => {
    const [source, target] = [line('1', 'a', '{"k":1,"k":2}'), line('1', 'a', '{"k":2}')]
    expect(notesOn(source, target, columns)).toEqual([
      'data: an object of the source has the key "k" more than once',
    ])
    expect(notesOn(target, source, columns)).toEqual([
      'data: an object of the target has the key "k" more than once',
    ])
    expect(notesOn(source, line('1', 'a', '{"k":1,"k":3}'), columns)).toEqual([])
  })

  it('says nothing of what a redacted value holds', () => {
    const secret = [column('data', json, [], true)]
    expect(notesOn(line('{"k":1,"k":2}'), line('{"k":2}'), secret)).toEqual([
      'data: an object of the source has a key more than once',
    ])
  })
})
