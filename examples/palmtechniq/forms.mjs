import { courses } from './catalogue.mjs'
import { at, below, hex, id, moment, rows } from './made-up.mjs'
import { tutors } from './people.mjs'

const people = [
  ['Adaeze', 'Okafor'],
  ['Chinedu', 'Bello'],
  ['Jürgen', "O'Neill"],
]

/** What hangs on no course and mostly on no account. */
export function forms(scale) {
  const users = Math.round(3000 * scale)
  const many = (count, row) => rows(Math.round(count * scale), row)
  return {
    Mentorship: rows(25, n => mentorship(n, users)),
    Event: rows(12, event),
    EventPayment: many(150, n => eventPayment(n, users)),
    Subscriber: many(300, n => ({
      id: id('Subscriber', n),
      email: `reader.${n}@example.org`,
      createdAt: moment('Subscriber', n),
    })),
    tutorApplications: rows(40, application),
    VolunteerCertificate: rows(60, volunteer),
    courseRegistrations: many(250, registration),
    awarenessProgramRegistrations: many(320, programRegistration),
    VerificationToken: many(120, n => token('VerificationToken', n)),
    PasswordResetToken: many(80, n => token('PasswordResetToken', n)),
    _prisma_migrations: rows(6, migration),
  }
}

function mentorship(n, users) {
  return {
    id: id('Mentorship', n),
    courseId: id('Course', 1 + (n % courses)),
    mentorId: id('users', 1 + (n % tutors)),
    menteeId: n % 4 ? id('users', 1 + below(users, 'mentee', n)) : null,
    scheduledAt: moment('Mentorship', n, 7),
    duration: 30,
    meetingUrl: null,
    topic: at(['CV', 'portfolio', null], n),
    notes: null,
    completed: n % 2 === 0,
    createdAt: moment('Mentorship', n),
    updatedAt: moment('Mentorship', n),
  }
}

function event(n) {
  return {
    id: id('Event', n),
    title: `Tech meetup ${n}`,
    description: n % 3 ? 'Doors open at six.' : null,
    price: (n % 4) * 1000,
    date: moment('Event', n, 40),
    createdAt: moment('Event', n),
    updatedAt: moment('Event', n),
  }
}

function eventPayment(n, users) {
  return {
    id: id('EventPayment', n),
    userId: id('users', 1 + below(users, 'guest', n)),
    eventId: id('Event', 1 + (n % 12)),
    transactionId: `E${hex('event', n, 15)}`,
    amount: 1000 * (1 + (n % 3)),
    status: at(['success', 'pending'], n),
    verifiedAt: n % 2 ? null : moment('EventPayment', n),
    createdAt: moment('EventPayment', n),
    updatedAt: moment('EventPayment', n),
    currency: 'NGN',
  }
}

function application(n) {
  const [first, last] = at(people, n)
  return {
    id: id('tutorApplications', n),
    fullname: `${first} ${last}`,
    email: `applicant.${n}@example.net`,
    phone: `080${String(below(100_000_000, 'applicant', n)).padStart(8, '0')}`,
    coverletter: 'Dear team,\n\nI teach what I do.',
    uploadcv: `/uploads/cv-${n}.pdf`,
    course: n % 3 ? 'Python' : null,
  }
}

function volunteer(n) {
  return {
    id: id('VolunteerCertificate', n),
    fullName: at(people, n).join(' '),
    certCode: `VOL-${String(n).padStart(4, '0')}`,
    certificateUrl: '',
    issuedDate: moment('VolunteerCertificate', n),
    role: n % 2 ? 'Mentor' : null,
    remarks: null,
  }
}

function registration(n) {
  const [firstname, lastname] = at(people, n)
  return {
    id: id('courseRegistrations', n),
    firstname,
    lastname,
    email: `lead.${n}@example.org`,
    occupation: at(['student', 'nurse', 'n/a'], n),
    course: at(['React', 'Python', 'Excel'], n),
    type: at(['virtual', 'physical'], n),
    phone: n % 6 ? '08031234567' : '',
  }
}

function programRegistration(n) {
  return {
    id: id('awarenessProgramRegistrations', n),
    fullName: at(people, n).join(' '),
    age: 15 + (n % 40),
    dateOfBirth: `${2010 - (n % 40)}-05-17T00:00:00.000`,
    phoneNumber: '08031234567',
    email: `aware.${n}@example.org`,
    goals: n % 3 ? 'Find out whether tech is for me' : null,
    status: at(['pending', 'approved', 'declined'], n),
    createdAt: moment('awareness', n),
    updatedAt: moment('awareness', n, 1),
    industry: n % 2 ? 'health' : null,
    accessCode: n % 3 === 1 ? hex('access code', n, 6) : null,
  }
}

function token(table, n) {
  return {
    id: id(table, n),
    email: `lead.${n}@example.org`,
    token: hex(table, n, 36),
    expires: moment(table, n, 1),
  }
}

function migration(n) {
  return {
    id: hex('migration', n, 36),
    checksum: hex('checksum', n, 64),
    finished_at: `${moment('Course', 1, n)}Z`,
    migration_name: `2023010${n}080000_step_${n}`,
    logs: null,
    rolled_back_at: null,
    started_at: `${moment('Course', 1, n)}Z`,
    applied_steps_count: 1,
  }
}
