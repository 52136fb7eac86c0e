const hex = (text: string) => Buffer.from(text).toString('hex')

const all = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0')).join('')

const texts = String.raw`\x \x41 \N \. \ ' " ?unfit:x NULL 0x41 deadbeef`.split(' ')

export const bytes: string[] = [
  '',
  ...'00 0000 01 20 2020 41 4120 4100 7f 80 ff fffe 00ff00 c3 c3a9 eda080 f09f9880'.split(' '),
  ...[...texts, '\t', '\n', '\r\n', 'a\tb\nc'].map(hex),
  ...[
    '00'.repeat(16),
    'ff'.repeat(16),
    '000102030405060708090a0b0c0d0e0f',
    'a0eebc999c0b4ef8bb6d6bb9bd380a11',
  ],
  ...[`${'41'.repeat(15)}20`, `${'41'.repeat(15)}00`, all, all + all, '61'.repeat(255), '62'.repeat(256)],
  ...['0a'.repeat(499), '5c'.repeat(300), all.repeat(40), '00'.repeat(70_000)],
]

export const uuids: string[] = [
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  '00000000-0000-0000-0000-000000000001',
  '018f4d5e-7a3b-7c21-9f00-0123456789ab',
  '12345678-1234-1234-1234-123456789012',
  '5c785c78-5c78-5c78-5c78-0a0d090b0c00',
  '20202020-2020-2020-2020-202020202020',
]
