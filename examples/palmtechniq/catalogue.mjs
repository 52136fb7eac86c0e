import { at, below, hex, id, moment, rows } from './made-up.mjs'
import { tutors } from './people.mjs'

export const courses = 40
const modulesEach = 4
const lessonsEach = 5

const categories = ['Web Development', 'Data Science', 'UI/UX Design', 'data science', 'Cyber Security']
const subjects = ['React', 'Python', 'Figma', 'SQL', 'Networks', 'Excel', 'Rust', 'Git & GitHub']
const stages = ['from scratch', 'in practice', 'for teams', 'masterclass', '“the hard parts”']

/** Every tenth course costs nothing, so nobody ever paid for it. */
export function isFree(course) {
  return course % 10 === 0
}

export function lessonsOf(course) {
  return curriculaOf(course).flatMap(curriculum =>
    numbered(modulesEach).flatMap(module => numbered(lessonsEach).map(n => `${curriculum}/${module}/${n}`)),
  )
}

/** Every eighth course got a second curriculum later, whose modules count from 1 again. */
function curriculaOf(course) {
  return course % 8 === 0 ? [`${course}/1`, `${course}/2`] : [`${course}/1`]
}

function numbered(count) {
  return rows(count, n => n)
}

export function catalogue() {
  const all = numbered(courses)
  const curricula = all.flatMap(curriculaOf)
  const modules = curricula.flatMap(curriculum => numbered(modulesEach).map(n => `${curriculum}/${n}`))
  return {
    Course: all.map(course),
    Curriculum: curricula.map(curriculum),
    Module: modules.map(module),
    Lesson: all.flatMap(lessonsOf).map(lesson),
    Project: rows(30, project),
  }
}

function course(n) {
  const price = isFree(n) ? 0 : 25_000 + below(40, 'price', n) * 2500
  return {
    id: id('Course', n),
    title: `${at(subjects, n)} ${at(stages, Math.floor(n / 8))}`,
    category: at(categories, n),
    textSnippet: `${at(subjects, n)}, taught live and on video`,
    videoUrl: `https://video.example.com/${hex('trailer', n, 10)}`,
    tutorId: id('users', 1 + (n % tutors)),
    description: `What ${at(subjects, n)} is for.\n\nAnd 50% practice – bring a laptop.`,
    conclusion: 'You leave with a project of your own.',
    summary: `${at(subjects, n)} in ${4 + (n % 9)} weeks`,
    noOfClass: `${8 + (n % 5)}`,
    classDays: at(['Mon, Wed', 'Tue & Thu', 'weekends'], n),
    duration: `${4 + (n % 9)} weeks`,
    physicalPrice: price * 1.5,
    virtualPrice: price,
    certificate: n % 3 !== 0,
    createdAt: moment('Course', n),
    updatedAt: moment('Course', n, 30),
    image: `/images/courses/${n}.webp`,
    overView: n % 4 ? `Overview of ${at(subjects, n)}` : null,
    programType: at(['CRASH_COURSE', 'PROFESSIONAL_COURSE', 'BUNDLE_COURSE'], n),
    videoId: n % 2 ? hex('video', n, 11) : null,
  }
}

function curriculum(of) {
  const [course, n] = of.split('/').map(Number)
  return {
    id: id('Curriculum', of),
    courseId: id('Course', course),
    createdAt: moment('Course', course, n * 10),
    updatedAt: moment('Course', course, n * 10),
  }
}

function module(of) {
  const [course, curriculum, n] = of.split('/').map(Number)
  return {
    id: id('Module', of),
    curriculumId: id('Curriculum', `${course}/${curriculum}`),
    headingNumber: `Module ${n}`,
    headingName: `${at(stages, n + course)}, part ${n}`,
    headingDescription: `What part ${n} is about`,
    duration: `${60 + n * 15} mins`,
    order: n,
    createdAt: moment('Course', course, 11),
    updatedAt: moment('Course', course, 12),
  }
}

function lesson(of) {
  const [course, curriculum, module, n] = of.split('/').map(Number)
  return {
    id: id('Lesson', of),
    title: `${at(subjects, course)} ${module}.${n}`,
    lessonKey: `lesson-${module}-${n}`,
    description: n % 2 ? '' : 'Watch, then try it.',
    videoUrl: `https://video.example.com/${hex('lesson', of, 10)}`,
    duration: at([`${5 + n}:30`, `${10 + n} mins`, `${n} min`], n),
    order: n,
    moduleId: id('Module', `${course}/${curriculum}/${module}`),
    createdAt: moment('Course', course, 13),
    updatedAt: moment('Course', course, 14),
  }
}

function project(n) {
  return {
    id: id('Project', n),
    title: `Build a ${at(['shop', 'dashboard', 'portfolio', 'scanner'], n)}`,
    description: 'Hand in a link or a file.\r\nWork alone or in pairs.',
    dueDate: n % 3 ? moment('Project', n, 60) : null,
    courseId: id('Course', 1 + (n % courses)),
    createdAt: moment('Project', n),
    updatedAt: moment('Project', n, 1),
  }
}
