-- The old database `edu`, as far as this example goes: whole-number ids and primary keys, no foreign key, no unique key
-- and no index. The tables the migration reads come first.

-- Every name and every choice of a form is a row here; `dictionary_type_id` says of which list.
CREATE TABLE dictionaries (
  id integer PRIMARY KEY,
  dictionary_type_id integer NOT NULL,
  name_az varchar(255) NOT NULL,
  name_en varchar(255),
  name_ru varchar(255),
  code varchar(50),
  active smallint NOT NULL
);

CREATE TABLE persons (
  id integer PRIMARY KEY,
  firstname varchar(100) NOT NULL,
  lastname varchar(100) NOT NULL,
  patronymic varchar(100),
  birthdate date,
  gender_id integer,
  pincode varchar(7),
  create_date timestamp NOT NULL,
  update_date timestamp
);

CREATE TABLE accounts (
  id integer PRIMARY KEY,
  person_id integer NOT NULL,
  username varchar(100) NOT NULL,
  password varchar(255) NOT NULL,
  email varchar(255),
  password_date timestamp,
  create_date timestamp NOT NULL,
  update_date timestamp
);

CREATE TABLE users (
  id integer PRIMARY KEY,
  account_id integer NOT NULL,
  user_type varchar(20) NOT NULL,
  last_login timestamp,
  last_ip varchar(45),
  active smallint NOT NULL,
  create_date timestamp NOT NULL,
  update_date timestamp
);

CREATE TABLE organizations (
  id integer PRIMARY KEY,
  parent_id integer,
  dictionary_name_id integer NOT NULL,
  formula varchar(255),
  type_id integer NOT NULL,
  nod_level integer NOT NULL,
  active smallint NOT NULL,
  create_date timestamp NOT NULL,
  update_date timestamp
);

CREATE TABLE students (
  id integer PRIMARY KEY,
  person_id integer NOT NULL,
  user_id integer NOT NULL,
  org_id integer NOT NULL,
  education_type_id integer NOT NULL,
  education_payment_type_id integer NOT NULL,
  education_lang_id integer NOT NULL,
  score numeric(5, 2),
  card_number varchar(20),
  status smallint NOT NULL,
  active smallint NOT NULL,
  create_date timestamp NOT NULL,
  update_date timestamp
);

CREATE TABLE teachers (
  id integer PRIMARY KEY,
  person_id integer NOT NULL,
  user_id integer NOT NULL,
  organization_id integer,
  staff_type_id integer NOT NULL,
  position_id integer NOT NULL,
  contract_type_id integer NOT NULL,
  teaching smallint NOT NULL,
  in_action_date date,
  out_action_date date,
  active smallint NOT NULL,
  create_date timestamp NOT NULL,
  update_date timestamp
);

CREATE TABLE subject_catalog (
  id integer PRIMARY KEY,
  subject_name_id integer NOT NULL,
  organization_id integer NOT NULL,
  active smallint NOT NULL,
  create_date timestamp NOT NULL,
  update_date timestamp
);

CREATE TABLE education_plan_subject (
  id integer PRIMARY KEY,
  education_plan_id integer NOT NULL,
  subject_id integer NOT NULL,
  credit smallint NOT NULL
);

CREATE TABLE course (
  id integer PRIMARY KEY,
  code varchar(30) NOT NULL,
  education_plan_subject_id integer NOT NULL,
  semester_id integer NOT NULL,
  education_year_id integer NOT NULL,
  education_lang_id integer NOT NULL,
  m_hours smallint,
  s_hours smallint,
  l_hours smallint,
  fm_hours smallint,
  student_count integer NOT NULL,
  active smallint NOT NULL,
  start_date date,
  create_date timestamp NOT NULL,
  update_date timestamp
);

CREATE TABLE course_teacher (
  id integer PRIMARY KEY,
  course_id integer NOT NULL,
  teacher_id integer NOT NULL,
  lesson_type_id integer NOT NULL,
  active smallint NOT NULL,
  create_date timestamp NOT NULL
);

CREATE TABLE course_student (
  id integer PRIMARY KEY,
  course_id integer NOT NULL,
  student_id integer NOT NULL,
  course_work varchar(255),
  active smallint NOT NULL,
  create_date timestamp NOT NULL,
  update_date timestamp
);

-- One line of the register: a student in a course, for one kind of evaluation.
CREATE TABLE journal (
  id integer PRIMARY KEY,
  course_id integer NOT NULL,
  course_eva_id integer NOT NULL,
  student_id integer NOT NULL,
  create_date timestamp NOT NULL,
  update_date timestamp
);

-- One mark in such a line. Points run from 0 to 10; status 0 is a draft, 1 a mark, 2 an absence.
CREATE TABLE journal_details (
  id integer PRIMARY KEY,
  journal_id integer NOT NULL,
  point_id_1 integer,
  status_1 smallint NOT NULL,
  point_id_2 integer,
  status_2 smallint,
  create_date timestamp NOT NULL,
  update_date timestamp
);

-- Kept for the record; the new application does not use them.
CREATE TABLE education_plan (
  id integer PRIMARY KEY,
  organization_id integer NOT NULL,
  education_year_id integer NOT NULL,
  code varchar(30) NOT NULL,
  create_date timestamp NOT NULL
);
CREATE TABLE orders (
  id integer PRIMARY KEY,
  number varchar(30) NOT NULL,
  order_date date NOT NULL,
  body text NOT NULL
);
CREATE TABLE order_students (
  order_id integer NOT NULL,
  student_id integer NOT NULL,
  note varchar(255),
  PRIMARY KEY (order_id, student_id)
);
CREATE TABLE announcements (
  id integer PRIMARY KEY,
  author_id integer NOT NULL,
  title varchar(255) NOT NULL,
  body text,
  create_date timestamp NOT NULL
);
CREATE TABLE audit_log (
  id integer PRIMARY KEY,
  user_id integer,
  action varchar(30) NOT NULL,
  table_name varchar(63) NOT NULL,
  row_id integer,
  create_date timestamp NOT NULL
);

-- Left behind: what expires by itself, copies of copies, and modules that were never used.
CREATE TABLE sessions (id varchar(64) PRIMARY KEY, user_id integer NOT NULL, expires timestamp NOT NULL);
CREATE TABLE password_resets (id integer PRIMARY KEY, account_id integer NOT NULL, token varchar(64) NOT NULL, create_date timestamp NOT NULL);
CREATE TABLE migrations (id integer PRIMARY KEY, migration varchar(255) NOT NULL, batch integer NOT NULL);
CREATE TABLE students_backup_2021 (id integer, person_id integer, org_id integer, status smallint);
CREATE TABLE report_cache (id integer PRIMARY KEY, name varchar(100) NOT NULL, body text, create_date timestamp NOT NULL);
CREATE TABLE jobs (id integer PRIMARY KEY, queue varchar(50) NOT NULL, payload text NOT NULL);
CREATE TABLE failed_jobs (id integer PRIMARY KEY, queue varchar(50) NOT NULL, payload text NOT NULL, error text);
CREATE TABLE dormitory_rooms (id integer PRIMARY KEY, building varchar(50), number varchar(10), beds smallint);
CREATE TABLE canteen_menu (id integer PRIMARY KEY, day date, body text);
CREATE TABLE surveys (id integer PRIMARY KEY, title varchar(255), active smallint);
CREATE TABLE survey_answers (id integer PRIMARY KEY, survey_id integer, person_id integer, answer text);
