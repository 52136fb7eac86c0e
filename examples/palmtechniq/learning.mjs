import { courses, isFree, lessonsOf } from './catalogue.mjs'
import { at, below, hex, id, moment, rows } from './made-up.mjs'
import { earlierAccount, staff } from './people.mjs'

const spellings = {
  SUCCESS: ['success', 'Success', 'successful', 'SUCCESS'],
  PENDING: ['pending', 'PENDING'],
  FAILED: ['failed', 'Failed', 'abandoned'],
}

/** Payments first: who paid is who learns. */
export function learning(scale) {
  const users = Math.round(3000 * scale)
  const learner = (of, n) => staff + 1 + below(users - staff, of, n)
  const payments = [...paidTwice(users), ...rows(Math.round(4000 * scale), n => payment(n, learner))]
  const studied = [
    ...payments.filter(({ n, status, twice }) => status === 'SUCCESS' && (twice || n % 3 !== 0)),
    ...rows(users, user => ({ user, course: 10 * (1 + (user % 4)) })).filter(({ user }) => user % 50 === 7),
  ]
  const seen = lessonsSeen(studied)
  return {
    CoursePayment: payments.map(coursePayment),
    Transaction: [
      ...payments.filter(({ n, twice }) => twice || n % 4 !== 3).map(transactionOf),
      ...rows(Math.round(1200 * scale), n => otherTransaction(n, learner)),
    ],
    Progress: seen.filter(({ n }) => n % 11 !== 0).map(progress),
    CompletedLesson: seen.filter(({ n, done }) => done && n % 3 !== 0).map(completed),
    ProjectSubmission: rows(Math.round(600 * scale), n => submission(n, learner)),
    Review: rows(Math.round(500 * scale), n => review(n, learner)),
    Certificate: rows(Math.round(400 * scale), n => certificate(n, learner)),
  }
}

/** Someone with two accounts pays for one course with each. */
function paidTwice(users) {
  const accounts = rows(users, user => user)
    .filter(user => user > staff && earlierAccount(user) !== undefined)
    .flatMap(user => [earlierAccount(user), user])
  return [...new Set(accounts)].map(user => {
    const course = 1 + (Math.floor((user + 1) / 40) % courses)
    return { n: `twice ${user}`, user, course: neverFree(course), status: 'SUCCESS', twice: true }
  })
}

function neverFree(course) {
  return isFree(course) ? course - 1 : course
}

function payment(n, learner) {
  const course = 1 + below(courses, 'course', n)
  return {
    n,
    user: learner('payment', n),
    course: neverFree(course),
    status: at(['SUCCESS', 'SUCCESS', 'PENDING', 'SUCCESS', 'FAILED', 'SUCCESS', 'SUCCESS'], n),
    twice: false,
  }
}

function reference(n) {
  return `T${hex('reference', n, 15)}`
}

function coursePayment({ n, user, course, status }) {
  return {
    id: id('CoursePayment', n),
    transactionId: reference(n),
    userId: id('users', user),
    courseId: id('Course', course),
    amount: 25_000 + below(40, 'price', course) * 2500,
    currency: 'NGN',
    status,
    paymentDate: moment('CoursePayment', n),
    verifiedAt: moment('CoursePayment', n),
  }
}

/** The app stored the provider's reference as the transaction's id. */
function transactionOf({ n, user, course, status }) {
  return {
    id: reference(n),
    userId: id('users', user),
    courseId: id('Course', course),
    type: 'course',
    amount: 25_000 + below(40, 'price', course) * 2500,
    status: at(spellings[status], below(60, 'spelling', n)),
    createdAt: moment('CoursePayment', n),
  }
}

function otherTransaction(n, learner) {
  return {
    id: reference(`other ${n}`),
    userId: id('users', learner('transaction', n)),
    courseId: id('Course', 1 + (n % courses)),
    type: at(['wallet', 'bank transfer', 'payout'], n),
    amount: 500 + below(1000, 'amount', n) / 4,
    status: at([...Object.values(spellings).flat(), 'reversed'], n),
    createdAt: moment('Transaction', n),
  }
}

/** Each lesson once per account. */
function lessonsSeen(studied) {
  const seen = new Map()
  for (const { user, course } of studied) {
    const lessons = lessonsOf(course)
    const count = 1 + below(lessons.length / 2, 'lessons', `${user}/${course}`)
    for (const [index, lesson] of lessons.slice(0, count).entries())
      seen.set(`${user}/${lesson}`, { user, lesson, done: index < count - 1 })
  }
  return [...seen.values()].map((one, n) => ({ ...one, n }))
}

function progress({ n, user, lesson, done }) {
  return {
    id: id('Progress', `${user}/${lesson}`),
    userId: id('users', user),
    lessonId: id('Lesson', lesson),
    completed: done,
    createdAt: moment('Progress', n),
    updatedAt: moment('Progress', n, done ? 2 : 0),
  }
}

function completed({ n, user, lesson }) {
  return {
    id: id('CompletedLesson', `${user}/${lesson}`),
    lessonId: id('Lesson', lesson),
    userId: id('users', user),
    completedAt: moment('Progress', n, 1),
  }
}

function submission(n, learner) {
  const graded = n % 3 !== 0
  return {
    id: id('ProjectSubmission', n),
    projectId: id('Project', 1 + (n % 30)),
    userId: id('users', learner('submission', n)),
    content: at(['See the repository.', 'Łódź 🚀', '<b>done</b> & dusted'], n),
    fileUrl: n % 2 ? `https://files.example.com/${hex('file', n, 12)}.zip` : null,
    grade: graded ? at(['85', '72.5', '100', '40'], n) : null,
    feedback: graded ? 'Well done.' : null,
    submittedAt: moment('ProjectSubmission', n),
    createdAt: moment('ProjectSubmission', n),
    updatedAt: moment('ProjectSubmission', n, graded ? 3 : 0),
  }
}

function review(n, learner) {
  return {
    id: id('Review', n),
    tutorName: at(['Adaeze Okafor', 'Tolu Eze'], n),
    reviewerName: at(['Zainab', 'Anonymous', 'Núñez'], n),
    rating: 1 + below(5, 'rating', n),
    title: at(['Great', 'Too fast', 'OK'], n),
    description: at(['I would take it again.', 'Sound was bad in part 2…', ''], n),
    createdAt: moment('Review', n),
    userId: id('users', learner('review', n)),
    updatedAt: moment('Review', n),
    courseId: id('Course', 1 + below(courses, 'reviewed', n)),
  }
}

function certificate(n, learner) {
  return {
    id: id('Certificate', n),
    studentName: at(['Adaeze Okafor', 'Jürgen Núñez', "D'Arcy O'Neill"], n),
    issuedDate: moment('Certificate', n),
    platform: 'ISCE',
    userId: id('users', learner('certificate', n)),
    courseId: id('Course', 1 + below(courses, 'certified', n)),
    type: at(['COMPLETION', 'COMPLETION', 'PARTICIPATION', 'EXCELLENCE'], n),
    certificateUrl: n % 5 ? `https://files.example.com/${hex('certificate', n, 12)}.pdf` : '',
  }
}
