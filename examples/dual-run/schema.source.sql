-- The old database of the evening school, as SQLAlchemy created it on SQLite.

CREATE TABLE person (
  id INTEGER NOT NULL PRIMARY KEY,
  first_name VARCHAR(80) NOT NULL,
  last_name VARCHAR(80) NOT NULL,
  email VARCHAR(255) NOT NULL UNIQUE,
  phone VARCHAR(40) NOT NULL,
  role INTEGER NOT NULL,
  pin_hash CHAR(64) NOT NULL,
  created_at DATETIME NOT NULL
);

CREATE TABLE course (
  id INTEGER NOT NULL PRIMARY KEY,
  code VARCHAR(12) NOT NULL UNIQUE,
  title VARCHAR(200) NOT NULL,
  subject VARCHAR(20) NOT NULL,
  term CHAR(6) NOT NULL,
  teacher_id INTEGER NOT NULL REFERENCES person (id),
  seats INTEGER NOT NULL,
  price_cents INTEGER NOT NULL,
  starts_at DATETIME NOT NULL,
  note TEXT
);

CREATE TABLE enrollment (
  person_id INTEGER NOT NULL REFERENCES person (id),
  course_id INTEGER NOT NULL REFERENCES course (id),
  enrolled_on DATE NOT NULL,
  status VARCHAR(10) NOT NULL,
  PRIMARY KEY (person_id, course_id)
);

CREATE TABLE invoice (
  id INTEGER NOT NULL PRIMARY KEY,
  number VARCHAR(20) NOT NULL UNIQUE,
  person_id INTEGER NOT NULL REFERENCES person (id),
  issued_at DATETIME NOT NULL,
  due_on DATE NOT NULL,
  discount_percent INTEGER NOT NULL,
  status VARCHAR(10) NOT NULL
);
CREATE INDEX invoice_person ON invoice (person_id);

CREATE TABLE invoice_line (
  id INTEGER NOT NULL PRIMARY KEY,
  invoice_id INTEGER NOT NULL REFERENCES invoice (id),
  description VARCHAR(200) NOT NULL,
  hours NUMERIC(4, 1) NOT NULL,
  price_cents INTEGER NOT NULL
);
CREATE INDEX invoice_line_invoice ON invoice_line (invoice_id);
