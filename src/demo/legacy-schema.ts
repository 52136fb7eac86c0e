/** The tables of a learning platform that grew for years on SQLite. Quoting and types are as such apps have them. */
export const legacySchema = `
create table users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  email VARCHAR(120) NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  nickname VARCHAR(16),
  password_hash VARCHAR(72) NOT NULL,
  role VARCHAR(12) NOT NULL DEFAULT 'student' CHECK (role IN ('student', 'tutor', 'admin')),
  is_active BOOLEAN NOT NULL DEFAULT 1,
  newsletter BOOLEAN,
  external_ref INTEGER UNIQUE,
  preferences JSON,
  created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  last_login DATETIME
);
create table students (
  id INTEGER PRIMARY KEY,
  user_id INTEGER NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
  "guardian name" TEXT,
  born_at DATETIME,
  card_number INTEGER NOT NULL,
  gpa REAL,
  active BOOLEAN NOT NULL DEFAULT 1,
  notes TEXT NOT NULL DEFAULT ''
);
create table tutors (
  id INTEGER PRIMARY KEY,
  user_id INTEGER NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
  bio TEXT,
  hourly_rate NUMERIC(10,2) NOT NULL CHECK (hourly_rate > 0),
  rating REAL,
  portrait BLOB,
  vetted BOOLEAN NOT NULL DEFAULT 0,
  hired_at DATETIME
);
create table courses (
  id INTEGER PRIMARY KEY,
  code VARCHAR(12) NOT NULL UNIQUE,
  title TEXT NOT NULL,
  tutor_id INTEGER REFERENCES tutors (id) ON DELETE SET NULL,
  price NUMERIC(10,2) NOT NULL DEFAULT 0 CHECK (price >= 0),
  published BOOLEAN NOT NULL DEFAULT 0,
  outline JSONB,
  opens_at DATETIME
);
create table modules (
  id INTEGER PRIMARY KEY,
  "courseId" INTEGER NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
  "sortOrder" INTEGER NOT NULL,
  title TEXT NOT NULL,
  "isOptional" BOOLEAN NOT NULL DEFAULT 0,
  "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  UNIQUE ("courseId", "sortOrder")
);
create table lessons (
  id INTEGER PRIMARY KEY,
  module_id INTEGER NOT NULL REFERENCES modules (id) ON DELETE CASCADE,
  title VARCHAR(80) NOT NULL,
  content TEXT,
  minutes INTEGER NOT NULL DEFAULT 45 CHECK (minutes > 0),
  free_preview BOOLEAN,
  resources JSON,
  updated_at DATETIME
);
create index lessons_by_module on lessons (module_id, title);
create table enrollments (
  id INTEGER PRIMARY KEY,
  student_id INTEGER NOT NULL REFERENCES students (id),
  course_id INTEGER NOT NULL REFERENCES courses (id),
  enrolled_at DATETIME NOT NULL,
  completed BOOLEAN NOT NULL DEFAULT 0,
  progress REAL NOT NULL DEFAULT 0,
  UNIQUE (student_id, course_id)
);
create table lesson_progress (
  student_id INTEGER NOT NULL REFERENCES students (id),
  lesson_id INTEGER NOT NULL REFERENCES lessons (id),
  completed BOOLEAN NOT NULL,
  seconds_watched INTEGER NOT NULL DEFAULT 0,
  updated_at DATETIME,
  PRIMARY KEY (student_id, lesson_id)
) WITHOUT ROWID;
create table grades (
  id INTEGER PRIMARY KEY,
  enrollment_id INTEGER NOT NULL REFERENCES enrollments (id) ON DELETE CASCADE,
  lesson_id INTEGER REFERENCES lessons (id),
  score REAL NOT NULL,
  weight NUMERIC(5,2) NOT NULL DEFAULT 1,
  feedback TEXT,
  graded_at DATETIME NOT NULL
);
create table "order" (
  id INTEGER PRIMARY KEY,
  student_id INTEGER NOT NULL REFERENCES students (id),
  "group" TEXT,
  total NUMERIC(10,2) NOT NULL CHECK (total >= 0),
  currency VARCHAR(3) NOT NULL DEFAULT 'EUR',
  placed_at DATETIME NOT NULL
);
create table payments (
  id INTEGER PRIMARY KEY,
  order_id INTEGER NOT NULL REFERENCES "order" (id),
  amount NUMERIC(10,2) NOT NULL CHECK (amount <> 0),
  gateway_ref INTEGER NOT NULL,
  method VARCHAR(20),
  refunded BOOLEAN NOT NULL DEFAULT 0,
  payload JSON,
  paid_at DATETIME
);
create unique index payments_by_gateway on payments (gateway_ref);
create table certificates (
  serial TEXT NOT NULL PRIMARY KEY,
  enrollment_id INTEGER NOT NULL UNIQUE REFERENCES enrollments (id),
  title TEXT NOT NULL,
  seal BLOB NOT NULL,
  issued_at DATETIME NOT NULL
);
create table forum_posts (
  id INTEGER PRIMARY KEY,
  parent_id INTEGER REFERENCES forum_posts (id) ON DELETE SET NULL,
  author_id INTEGER NOT NULL REFERENCES users (id),
  course_id INTEGER REFERENCES courses (id),
  subject VARCHAR(40),
  body TEXT NOT NULL,
  attachments JSON,
  pinned BOOLEAN,
  posted_at DATETIME NOT NULL
);
create index forum_posts_by_author on forum_posts (author_id);
create table audit_log (
  happened_at DATETIME NOT NULL,
  actor_id INTEGER REFERENCES users (id),
  event VARCHAR(40) NOT NULL,
  detail JSON,
  amount NUMERIC(10,2)
);
`
