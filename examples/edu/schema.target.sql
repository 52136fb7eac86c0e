-- The new database `edu_v2`: UUID keys, foreign keys, names in three languages.

CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  username varchar(100) NOT NULL UNIQUE,
  email varchar(255) UNIQUE,
  password_hash varchar(255) NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  last_login_at timestamp,
  password_changed_at timestamp,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now(),
  metadata jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE persons (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
  first_name varchar(100) NOT NULL,
  last_name varchar(100) NOT NULL,
  middle_name varchar(100),
  date_of_birth date,
  gender varchar(10) CHECK (gender IN ('male', 'female')),
  national_id varchar(20) UNIQUE,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now()
);
CREATE INDEX persons_name_idx ON persons (last_name, first_name);

CREATE TABLE students (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
  student_number varchar(20) NOT NULL UNIQUE,
  enrollment_date date NOT NULL,
  status varchar(20) NOT NULL CHECK (status IN ('active', 'graduated', 'on_leave', 'expelled')),
  study_mode varchar(20) NOT NULL CHECK (study_mode IN ('full_time', 'part_time', 'distance')),
  funding_type varchar(20) NOT NULL CHECK (funding_type IN ('state_funded', 'self_funded')),
  gpa numeric(5, 2) CHECK (gpa BETWEEN 0 AND 100),
  total_credits_earned integer NOT NULL DEFAULT 0,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now(),
  metadata jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX students_status_idx ON students (status);

CREATE TABLE staff_members (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
  employee_number varchar(20) NOT NULL UNIQUE,
  position_title jsonb NOT NULL,
  employment_type varchar(20) NOT NULL CHECK (employment_type IN ('full_time', 'part_time', 'hourly')),
  hire_date date,
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE organization_units (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  parent_id uuid REFERENCES organization_units (id),
  type varchar(20) NOT NULL CHECK (type IN ('university', 'faculty', 'department', 'program')),
  code varchar(50) NOT NULL UNIQUE,
  name jsonb NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now()
);
CREATE INDEX organization_units_parent_idx ON organization_units (parent_id);

CREATE TABLE academic_terms (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  academic_year varchar(9) NOT NULL,
  term_type varchar(10) NOT NULL CHECK (term_type IN ('fall', 'spring', 'summer')),
  term_number smallint NOT NULL,
  start_date date NOT NULL,
  end_date date NOT NULL,
  is_current boolean NOT NULL DEFAULT false,
  UNIQUE (academic_year, term_number),
  CHECK (start_date < end_date)
);

CREATE TABLE courses (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  code varchar(20) NOT NULL UNIQUE,
  name jsonb NOT NULL,
  credit_hours smallint NOT NULL DEFAULT 3,
  organization_unit_id uuid REFERENCES organization_units (id),
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now()
);
CREATE INDEX courses_organization_unit_idx ON courses (organization_unit_id);

CREATE TABLE course_offerings (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  course_id uuid NOT NULL REFERENCES courses (id),
  academic_term_id uuid NOT NULL REFERENCES academic_terms (id),
  section_code varchar(30) NOT NULL,
  language_of_instruction varchar(2) NOT NULL CHECK (language_of_instruction IN ('az', 'ru', 'en')),
  max_enrollment integer NOT NULL CHECK (max_enrollment > 0),
  current_enrollment integer NOT NULL DEFAULT 0,
  delivery_mode varchar(20) NOT NULL DEFAULT 'in_person',
  is_published boolean NOT NULL DEFAULT false,
  enrollment_status varchar(20) NOT NULL CHECK (enrollment_status IN ('open', 'closed', 'cancelled')),
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now(),
  UNIQUE (course_id, academic_term_id, section_code),
  CHECK (current_enrollment <= max_enrollment)
);
CREATE INDEX course_offerings_term_idx ON course_offerings (academic_term_id);

CREATE TABLE course_instructors (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  course_offering_id uuid NOT NULL REFERENCES course_offerings (id) ON DELETE CASCADE,
  instructor_id uuid NOT NULL REFERENCES staff_members (id),
  role varchar(20) NOT NULL CHECK (role IN ('lecturer', 'seminar', 'laboratory')),
  assigned_date date NOT NULL,
  UNIQUE (course_offering_id, instructor_id, role)
);
CREATE INDEX course_instructors_instructor_idx ON course_instructors (instructor_id);

CREATE TABLE course_enrollments (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  course_offering_id uuid NOT NULL REFERENCES course_offerings (id),
  student_id uuid NOT NULL REFERENCES students (id),
  enrollment_status varchar(20) NOT NULL CHECK (enrollment_status IN ('enrolled', 'completed', 'dropped')),
  enrollment_date date NOT NULL,
  status_changed_date timestamp,
  grade varchar(5),
  grade_points numeric(3, 2),
  attendance_percentage numeric(5, 2),
  is_retake boolean NOT NULL DEFAULT false,
  notes text,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX course_enrollments_enrolled_key ON course_enrollments (course_offering_id, student_id)
  WHERE enrollment_status = 'enrolled';
CREATE INDEX course_enrollments_student_idx ON course_enrollments (student_id);

CREATE TABLE assessments (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  course_offering_id uuid NOT NULL REFERENCES course_offerings (id) ON DELETE CASCADE,
  title varchar(255) NOT NULL,
  description text,
  assessment_type varchar(20) NOT NULL
    CHECK (assessment_type IN ('participation', 'seminar', 'midterm', 'independent_work')),
  weight_percentage numeric(5, 2) NOT NULL CHECK (weight_percentage BETWEEN 0 AND 100),
  total_marks numeric(5, 2) NOT NULL,
  passing_marks numeric(5, 2),
  due_date timestamp,
  duration_minutes integer,
  instructions text,
  submission_type varchar(20) NOT NULL DEFAULT 'in_class',
  allows_late_submission boolean NOT NULL DEFAULT false,
  late_penalty_per_day numeric(5, 2),
  max_attempts integer NOT NULL DEFAULT 1,
  is_group_work boolean NOT NULL DEFAULT false,
  rubric jsonb,
  created_by uuid REFERENCES users (id),
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now()
);
CREATE INDEX assessments_course_offering_idx ON assessments (course_offering_id);

CREATE TABLE grades (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  assessment_id uuid NOT NULL REFERENCES assessments (id) ON DELETE CASCADE,
  student_id uuid NOT NULL REFERENCES students (id) ON DELETE CASCADE,
  submission_id uuid,
  graded_by uuid REFERENCES users (id),
  marks_obtained numeric(5, 2) CHECK (marks_obtained >= 0),
  percentage numeric(5, 2),
  letter_grade varchar(5),
  feedback text,
  rubric_scores jsonb,
  is_final boolean NOT NULL DEFAULT false,
  graded_at timestamp,
  approved_by uuid REFERENCES users (id),
  approved_at timestamp,
  grade_history jsonb NOT NULL DEFAULT '[]',
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now()
);
CREATE INDEX grades_assessment_idx ON grades (assessment_id);
CREATE INDEX grades_student_idx ON grades (student_id);
