-- The new database of the evening school.

CREATE TABLE people (
  id integer PRIMARY KEY,
  first_name varchar(80) NOT NULL,
  last_name varchar(80) NOT NULL,
  email varchar(255) NOT NULL UNIQUE,
  phone varchar(40) NOT NULL,
  role varchar(10) NOT NULL CHECK (role IN ('student', 'teacher', 'staff')),
  pin_hash char(64) NOT NULL,
  created_at timestamp NOT NULL
);

CREATE TABLE courses (
  id integer PRIMARY KEY,
  code varchar(12) NOT NULL UNIQUE,
  title varchar(200) NOT NULL,
  subject varchar(20) NOT NULL,
  term char(6) NOT NULL,
  teacher_id integer NOT NULL REFERENCES people (id),
  seats integer NOT NULL CHECK (seats > 0),
  price_cents integer NOT NULL CHECK (price_cents >= 0),
  starts_at timestamp NOT NULL,
  note text
);

CREATE TABLE enrollments (
  person_id integer NOT NULL REFERENCES people (id),
  course_id integer NOT NULL REFERENCES courses (id),
  enrolled_on date NOT NULL,
  status varchar(10) NOT NULL CHECK (status IN ('booked', 'attended', 'cancelled')),
  PRIMARY KEY (person_id, course_id)
);

CREATE TABLE invoices (
  id integer PRIMARY KEY,
  number varchar(20) NOT NULL UNIQUE,
  person_id integer NOT NULL REFERENCES people (id),
  issued_at timestamp NOT NULL,
  due_on date NOT NULL,
  discount_percent integer NOT NULL CHECK (discount_percent BETWEEN 0 AND 100),
  status varchar(10) NOT NULL CHECK (status IN ('open', 'paid', 'reminded'))
);
CREATE INDEX invoices_person_idx ON invoices (person_id);

CREATE TABLE invoice_lines (
  id integer PRIMARY KEY,
  invoice_id integer NOT NULL REFERENCES invoices (id),
  description varchar(200) NOT NULL,
  hours numeric(4, 1) NOT NULL CHECK (hours > 0),
  price_cents integer NOT NULL
);
CREATE INDEX invoice_lines_invoice_idx ON invoice_lines (invoice_id);
