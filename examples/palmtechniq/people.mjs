import { at, below, hex, id, moment, rows } from './made-up.mjs'

export const tutors = 14
/** Users with a number above this one learn; those below teach, sell or run the place. */
export const staff = 20

const given = ['Adaeze', 'Chinedu', 'Zainab', 'Tolu', 'Ngọzi', 'Emeka', "D'Arcy", 'Jürgen', 'Aïcha', 'Bọ́lá']
const family = ['Okafor', 'Bello', 'Adeyemi', 'Eze', "O'Neill", 'Musa', 'Ibrahim-Cole', 'Núñez']
const positions = ['Lead instructor', '', 'Senior engineer, "DevRel"', null]
const lists = ['Web Development, Data Science', 'UI/UX Design ,, Cyber Security', 'Data Science', ' , ', null]

/** Earlier account of the same person, who signed up again with the address in other letters. */
export function earlierAccount(n) {
  if (n === tutors) return n - 1
  if (n > 40 && n % 400 === 1) return n - 2
  return n > staff && n % 40 === 0 ? n - 1 : undefined
}

export function people(scale) {
  const users = Math.round(3000 * scale)
  return {
    users: rows(users, user),
    accounts: rows(users, n => n)
      .filter(n => n % 3 === 0 || n % 40 === 39)
      .map(account),
  }
}

function user(n) {
  const verified = n % 3 !== 0
  const teaches = n <= tutors
  return {
    id: id('users', n),
    name: n % 17 === 3 ? null : n % 170 === 7 ? '' : `${at(given, n)} ${at(family, n)}`,
    email: email(n),
    email_verified: verified ? moment('verified', n) : null,
    image: n % 4 ? null : `https://lh3.example.com/a/${hex('image', n, 12)}=s96-c`,
    password: n % 3 === 0 ? null : `$2b$10$${hex('password', n, 53)}`,
    description: teaches ? `Teaches since ${2014 + n}.\nSays: "no question is silly".` : null,
    phone: n % 5 === 1 ? `+23480${String(below(100_000_000, 'phone', n)).padStart(8, '0')}` : null,
    role: role(n),
    position: teaches ? at(positions, n) : null,
    courses: teaches || n % 5 === 0 ? at(lists, n) : null,
    isVerified: verified,
    verificationToken: verified ? '' : hex('token', n, 32),
    account_number: teaches ? `00${hex('account', n, 8)}` : null,
    bank_name: teaches ? at(['GTBank', 'Access Bank', 'Kuda'], n) : null,
    recipient_code: teaches ? `RCP_${hex('recipient', n, 15)}` : null,
    subaccount_code: teaches && n % 2 ? `ACCT_${hex('subaccount', n, 15)}` : null,
    walletBalance: n % 6 === 0 ? (n % 400) * 12.5 : 0,
    hasStudentId: n % 9 === 0,
  }
}

function role(n) {
  if (n <= tutors) return 'TUTOR'
  if (n <= tutors + 3) return 'ADMIN'
  if (n <= staff) return 'MARKETER'
  return n % 4 === 0 ? 'USER' : 'STUDENT'
}

/** Some signed up by phone alone. */
function email(n) {
  const earlier = earlierAccount(n)
  if (earlier !== undefined)
    return n % 400 === 1 ? address(earlier).toUpperCase() : capitalised(address(earlier))
  const again = [n + 1, n + 2].some(later => earlierAccount(later) === n)
  return n > staff && n % 23 === 5 && !again ? null : address(n)
}

function address(n) {
  const plain = at(family, n)
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
  return `${plain.toLowerCase()}.${n}@example.com`
}

function capitalised(text) {
  return text[0].toUpperCase() + text.slice(1)
}

function account(n) {
  return {
    id: id('accounts', n),
    user_id: id('users', n),
    type: 'oauth',
    provider: at(['google', 'google', 'github'], n),
    provider_account_id: `1${String(below(4_000_000_000, 'google', n)).padStart(10, '0')}${n}`,
    refresh_token: n % 2 ? null : `1//${hex('refresh', n, 40)}`,
    access_token: `ya29.${hex('access', n, 60)}`,
    expires_at: 1_700_000_000 + n * 60,
    token_type: 'Bearer',
    scope: 'openid email profile',
    id_token: null,
    session_state: null,
  }
}
