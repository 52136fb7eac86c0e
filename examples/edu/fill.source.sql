-- Fills the old database. generate.mjs runs it with two temporary tables: `sizes`, one row, how much of everything;
-- `words` (list, nth, az, en, ru), nth from 0. Only whole-number arithmetic and md5: the same bytes on every machine.

CREATE FUNCTION pg_temp.mix(n bigint, salt bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
  'SELECT ((n * 2654435761 + salt * 974634779) % 4294967296) >> 9';
CREATE FUNCTION pg_temp.word(name text, n bigint) RETURNS text LANGUAGE sql STABLE AS
  'SELECT az FROM words WHERE list = name AND nth = n % (SELECT count(*) FROM words WHERE list = name)';
-- Ids as years of use leave them: with gaps, and not in the order of what they refer to.
CREATE FUNCTION pg_temp.organization(n bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS
  'SELECT (CASE WHEN n % 2 = 0 THEN 100 + n ELSE 1100 - n END)::integer';
CREATE FUNCTION pg_temp.account(n bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT (50000 - n)::integer';
CREATE FUNCTION pg_temp.login(n bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT (3 * n + 1)::integer';
CREATE FUNCTION pg_temp.student(n bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT (1001 + 2 * n)::integer';
CREATE FUNCTION pg_temp.term_start(term bigint) RETURNS date LANGUAGE sql IMMUTABLE AS
  'SELECT make_date((2020 + (term + 1) / 2)::integer, CASE term % 2 WHEN 0 THEN 9 ELSE 2 END, CASE term % 2 WHEN 0 THEN 15 ELSE 12 END)';

INSERT INTO dictionaries
SELECT id, id / 100, az, en, ru, code, 1 FROM (VALUES
  (101, 'Kişi', 'Male', 'Мужской', 'M'),
  (102, 'Qadın', 'Female', 'Женский', 'F'),
  (201, 'Əyani', 'Full-time', 'Очное', NULL),
  (202, 'Qiyabi', 'Part-time', 'Заочное', NULL),
  (203, 'Distant', 'Distance', 'Дистанционное', NULL),
  (301, 'Dövlət sifarişi', 'State-funded', 'Государственный заказ', NULL),
  (302, 'Ödənişli', 'Self-funded', 'Платное', NULL),
  (401, 'Azərbaycan dili', 'Azerbaijani', 'Азербайджанский язык', 'az'),
  (402, 'Rus dili', 'Russian', 'Русский язык', 'ru'),
  (403, 'İngilis dili', 'English', 'Английский язык', 'en'),
  (501, 'Payız semestri', 'Fall', 'Осенний семестр', '1'),
  (502, 'Yaz semestri', 'Spring', 'Весенний семестр', '2'),
  (601, '2020/2021', NULL, NULL, '2020-2021'),
  (602, '2021/2022', NULL, NULL, '2021-2022'),
  (603, '2022/2023', NULL, NULL, '2022-2023'),
  (604, '2023/2024', NULL, NULL, '2023-2024'),
  (605, '2024/2025', NULL, NULL, '2024-2025'),
  (606, '2025/2026', NULL, NULL, '2025-2026'),
  (701, 'Universitet', 'University', 'Университет', NULL),
  (702, 'Fakültə', 'Faculty', 'Факультет', NULL),
  (703, 'Kafedra', 'Department', 'Кафедра', NULL),
  (704, 'İxtisas', 'Program', 'Специальность', NULL),
  (801, 'Professor-müəllim heyəti', 'Teaching staff', 'Профессорско-преподавательский состав', NULL),
  (901, 'Professor', 'Professor', 'Профессор', NULL),
  (902, 'Dosent', 'Associate professor', 'Доцент', NULL),
  (903, 'Baş müəllim', 'Senior lecturer', 'Старший преподаватель', NULL),
  (904, 'Müəllim', 'Lecturer', 'Преподаватель', NULL),
  (905, 'Assistent', 'Assistant', NULL, NULL),
  (1001, 'Tam ştat', 'Full-time', 'Полная ставка', NULL),
  (1002, 'Yarım ştat', 'Part-time', 'Полставки', NULL),
  (1003, 'Saathesabı', 'Hourly', 'Почасовая', NULL),
  (1101, 'Mühazirə', 'Lecture', 'Лекция', NULL),
  (1102, 'Seminar', 'Seminar', 'Семинар', NULL),
  (1103, 'Laboratoriya', 'Laboratory', 'Лабораторная', NULL),
  (1201, 'Davamiyyət', 'Participation', 'Посещаемость', NULL),
  (1202, 'Seminar', 'Seminar', 'Семинар', NULL),
  (1203, 'Kollokvium', 'Midterm', 'Коллоквиум', NULL),
  (1204, 'Sərbəst iş', 'Independent work', 'Самостоятельная работа', NULL)
) AS entry (id, az, en, ru, code);

-- One university, its faculties, their departments, their programs: each is `level` 1 to 4, the `place`-th of its kind.
CREATE TEMPORARY TABLE tree AS
SELECT n, level, place,
  CASE level
    WHEN 2 THEN 0
    WHEN 3 THEN 1 + place % faculties
    WHEN 4 THEN 1 + faculties + place % departments
  END AS parent
FROM sizes, LATERAL (
  SELECT 0 AS n, 1 AS level, 0 AS place
  UNION ALL SELECT 1 + i, 2, i FROM generate_series(0, faculties - 1) AS i
  UNION ALL SELECT 1 + faculties + i, 3, i FROM generate_series(0, departments - 1) AS i
  UNION ALL SELECT 1 + faculties + departments + i, 4, i FROM generate_series(0, programs - 1) AS i
) AS units;

INSERT INTO dictionaries
SELECT 10000 + n, 20,
  CASE level
    WHEN 1 THEN 'Biznes Universiteti'
    WHEN 2 THEN field.az || ' fakültəsi'
    WHEN 3 THEN '«' || subject.az || '» kafedrası'
    ELSE field.az || ': ' || subject.az
  END,
  CASE level
    WHEN 1 THEN 'Business University'
    WHEN 2 THEN 'Faculty of ' || field.en
    WHEN 3 THEN 'Department of ' || subject.en
    ELSE field.en || ': ' || subject.en
  END,
  CASE level
    WHEN 1 THEN 'Университет Бизнеса'
    WHEN 2 THEN 'Факультет «' || field.ru || '»'
    WHEN 3 THEN 'Кафедра «' || subject.ru || '»'
    WHEN 4 THEN CASE WHEN place % 9 > 0 THEN field.ru || ': ' || subject.ru END
  END,
  CASE level WHEN 1 THEN 'UNI' ELSE substr('UFKI', level, 1) || lpad((place + 1)::text, 3, '0') END,
  1
FROM tree
JOIN words AS field ON field.list = 'field' AND field.nth = place % 13
JOIN words AS subject ON subject.list = 'subject' AND subject.nth = place % 24;

INSERT INTO organizations
SELECT pg_temp.organization(n), pg_temp.organization(parent), 10000 + n,
  '.' || coalesce(pg_temp.organization(parent) || '.', '') || pg_temp.organization(n) || '.',
  700 + level, level, CASE WHEN level = 4 AND place % 40 = 39 THEN 0 ELSE 1 END,
  timestamp '2018-06-01 09:00' + n * interval '7 minutes',
  CASE WHEN n % 4 = 1 THEN timestamp '2023-03-14 15:09:26.535' + n * interval '1 hour' END
FROM tree;

-- Students come first, then teachers, then everybody else.
CREATE TEMPORARY TABLE people AS
SELECT n, pg_temp.mix(n, 1) AS chance, pg_temp.mix(n, 2) % 2 AS woman,
  CASE WHEN n % 20 < 15 THEN 'az' WHEN n % 20 < 19 THEN 'ru' ELSE 'en' END AS speaks,
  CASE WHEN n < students THEN 'student' WHEN n < students + teachers THEN 'teacher' ELSE 'employee' END AS kind,
  timestamp '2019-08-26 08:00' + n * interval '5 hours 11 minutes 7.25 seconds' AS since
FROM sizes, generate_series(0, people - 1) AS n;

INSERT INTO persons
SELECT 100 + n,
  pg_temp.word(speaks || CASE woman WHEN 1 THEN ' woman' ELSE ' man' END, chance),
  pg_temp.word(speaks || CASE woman WHEN 1 THEN ' surname of a woman' ELSE ' surname of a man' END, pg_temp.mix(n, 3)),
  CASE WHEN speaks <> 'en' AND n % 23 <> 4 THEN
    pg_temp.word(speaks || CASE woman WHEN 1 THEN ' daughter of' ELSE ' son of' END, pg_temp.mix(n, 4)) END,
  CASE WHEN n % 61 <> 8 THEN
    CASE kind WHEN 'student' THEN date '1998-01-01' + (chance % 3650)::integer
      ELSE date '1955-01-01' + (chance % 14600)::integer END
  END,
  CASE WHEN n % 101 <> 50 THEN 101 + woman END,
  -- 268435399 is a prime: no two are the same.
  CASE WHEN n % 50 <> 7 THEN lpad(upper(to_hex((n + 1) * 26544357::bigint % 268435399)), 7, '0') END,
  since, CASE WHEN n % 3 = 0 THEN since + interval '400 days 3.5 seconds' END
FROM people;

INSERT INTO accounts
SELECT pg_temp.account(n), 100 + n, login,
  '$2b$12$' || substr(md5('salt ' || n) || md5('password ' || n), 1, 53),
  CASE WHEN n % 9 <> 5 THEN login || '@example.edu' END,
  CASE WHEN n % 4 <> 2 THEN since + interval '30 days' END,
  since, CASE WHEN n % 5 = 0 THEN since + interval '90 days 0.125 seconds' END
FROM people, LATERAL (SELECT substr(kind, 1, 1) || lpad((n + 1)::text, 6, '0') AS login) AS named;

INSERT INTO users
SELECT pg_temp.login(n), pg_temp.account(n), kind,
  CASE WHEN n % 12 <> 11 THEN timestamp '2025-06-01' + (chance % 10000000) * interval '1 second' END,
  CASE WHEN n % 12 <> 11 THEN '10.0.' || chance % 250 || '.' || n % 250 END,
  CASE WHEN n % 37 = 36 THEN 0 ELSE 1 END,
  since, CASE WHEN n % 5 = 0 THEN since + interval '120 days' END
FROM people;

INSERT INTO students
SELECT pg_temp.student(n), 100 + n, pg_temp.login(n),
  pg_temp.organization(1 + faculties + departments + n * programs / students),
  CASE WHEN chance % 100 < 78 THEN 201 WHEN chance % 100 < 97 THEN 202 ELSE 203 END,
  CASE WHEN chance % 3 = 0 THEN 301 ELSE 302 END,
  CASE WHEN n % 20 < 15 THEN 401 WHEN n % 20 < 19 THEN 402 ELSE 403 END,
  CASE WHEN n % 17 <> 9 THEN (4000 + chance % 6001) / 100.0 END,
  CASE WHEN n % 13 <> 6 THEN 'TK-' || lpad((7 * n + 11)::text, 6, '0') END,
  CASE WHEN chance % 97 = 0 THEN 4 WHEN chance % 53 = 0 THEN 3 WHEN n * 6 / students < 2 THEN 2 ELSE 1 END,
  CASE WHEN chance % 97 = 0 THEN 0 ELSE 1 END,
  make_date((2019 + n * 6 / students)::integer, 9, 5) + (chance % 800000) * interval '1 second',
  CASE WHEN n % 2 = 0 THEN timestamp '2025-07-01 12:00' + (chance % 5000000) * interval '1 second' END
FROM people, sizes WHERE kind = 'student';

INSERT INTO teachers
SELECT 500 + n - students, 100 + n, pg_temp.login(n),
  CASE WHEN n % 19 <> 3 THEN pg_temp.organization(1 + faculties + n % departments) END,
  801, 901 + (chance % 5)::integer, CASE WHEN chance % 10 < 7 THEN 1001 WHEN chance % 10 < 9 THEN 1002 ELSE 1003 END, 1,
  CASE WHEN n % 31 <> 12 THEN date '1994-09-01' + (chance % 11000)::integer END,
  CASE WHEN n % 29 = 11 THEN date '2025-06-30' END, CASE WHEN n % 29 = 11 THEN 0 ELSE 1 END,
  since, CASE WHEN n % 3 = 1 THEN since + interval '500 days' END
FROM people, sizes WHERE kind = 'teacher';

-- 24 subjects × 13 fields × 4 parts.
INSERT INTO dictionaries
SELECT 20000 + n, 21,
  subject.az || ' (' || field.az || ') ' || part, subject.en || ' (' || field.en || ') ' || part,
  CASE WHEN n % 14 <> 3 THEN subject.ru || ' (' || field.ru || ') ' || part END, NULL, 1
FROM sizes, generate_series(0, subjects - 1) AS n,
  LATERAL (SELECT (ARRAY['I', 'II', 'III', 'IV'])[n / 312 + 1] AS part) AS parts,
  words AS subject, words AS field
WHERE subject.list = 'subject' AND subject.nth = n % 24 AND field.list = 'field' AND field.nth = n / 24 % 13;

INSERT INTO subject_catalog
SELECT n + 1, 20000 + n, pg_temp.organization(1 + faculties + n % departments),
  CASE WHEN n % 41 = 40 THEN 0 ELSE 1 END,
  timestamp '2019-05-20 10:00' + n * interval '13 minutes',
  CASE WHEN n % 7 = 0 THEN timestamp '2024-08-08 08:08:08.008' + n * interval '1 minute' END
FROM sizes, generate_series(0, subjects - 1) AS n;

-- Every subject stands in two plans, with the same credits.
INSERT INTO education_plan_subject
SELECT 1 + 2 * n, 1 + n % 90, 1 + n % subjects, 2 + n % subjects % 7
FROM sizes, generate_series(0, 2 * subjects - 1) AS n;

-- Eleven of the twelve terms have courses; the last one is yet to come.
INSERT INTO course
SELECT n + 1, 'B' || lpad((n + 1)::text, 5, '0') || '/' || 1 + n % 3, 1 + 2 * (n % (2 * subjects)),
  501 + term % 2, 601 + term / 2, CASE WHEN n % 20 < 15 THEN 401 WHEN n % 20 < 19 THEN 402 ELSE 403 END,
  30, CASE WHEN n % 5 <> 4 THEN 30 END, CASE WHEN n % 6 = 1 THEN 15 END, NULL,
  enrolments / courses + CASE WHEN n < enrolments % courses THEN 1 ELSE 0 END,
  CASE WHEN n % 311 = 310 THEN 0 ELSE 1 END,
  pg_temp.term_start(term),
  pg_temp.term_start(term) - interval '20 days' + n * interval '17 seconds',
  CASE WHEN n % 3 = 2 THEN pg_temp.term_start(term) + interval '4 days 250 milliseconds' END
FROM sizes, generate_series(0, courses - 1) AS n, LATERAL (SELECT n * 11 / courses AS term) AS terms;

INSERT INTO course_teacher
SELECT 2 * course.id + place, course.id, 500 + (course.id * 5 + place * 3) % teachers,
  CASE place WHEN 0 THEN 1101 ELSE 1102 + course.id % 7 / 6 END,
  CASE WHEN course.id % 211 = 5 THEN 0 ELSE 1 END, course.create_date + interval '2 days'
FROM sizes, course, generate_series(0, 1) AS place WHERE place = 0 OR course.id % 3 <> 0;

-- A group takes a course together: so many students next to each other.
INSERT INTO course_student
SELECT row_number() OVER (ORDER BY course.id, place), course.id, pg_temp.student((course.id * 37 + place) % students),
  CASE WHEN (course.id + place) % 40 = 0 THEN pg_temp.word('thesis', course.id + place) END,
  CASE WHEN (course.id * 3 + place) % 67 = 66 THEN 0 ELSE 1 END,
  course.start_date + place * interval '47 seconds' + interval '9 hours',
  CASE WHEN (course.id * 3 + place) % 67 = 66 OR place % 9 = 4 THEN course.start_date + interval '20 days 10 hours' END
FROM sizes, course, LATERAL generate_series(0, course.student_count - 1) AS place;

INSERT INTO journal
SELECT row_number() OVER (ORDER BY attends.id, kind), attends.course_id, kind, attends.student_id,
  attends.create_date + interval '1 day', CASE WHEN attends.id % 8 = 3 THEN attends.create_date + interval '12 days' END
FROM course_student AS attends,
  LATERAL unnest(CASE attends.course_id % 2 WHEN 0 THEN ARRAY[1202, 1203] ELSE ARRAY[1201, 1202, 1204] END) AS kind;

-- Lesson by lesson, a mark in every line of the register; this year's lessons have only begun.
INSERT INTO journal_details
SELECT n + 1, journal.id,
  CASE WHEN absent THEN NULL ELSE (chance >> 4) % 11 END,
  CASE WHEN absent THEN 2 WHEN recent AND chance % 5 = 0 THEN 0 ELSE 1 END,
  NULL, NULL, written,
  CASE WHEN chance % 16 = 0 THEN written + interval '1 day 2 hours' END
FROM (SELECT count(*) AS lines FROM journal) AS register, sizes, generate_series(0, grades - 1) AS n
JOIN journal ON journal.id = n % (SELECT count(*) FROM journal) + 1,
  LATERAL (SELECT pg_temp.mix(n, 5) AS chance, journal.create_date >= timestamp '2025-09-01' AS recent) AS drawn,
  LATERAL (SELECT chance % 13 = 0 AS absent,
    journal.create_date + n / lines * (CASE WHEN recent THEN interval '1 day' ELSE interval '7 days' END)
      + chance % 14400000 * interval '1 millisecond' AS written) AS lesson
ORDER BY n;

INSERT INTO education_plan
SELECT n, pg_temp.organization(1 + faculties + departments + n % programs), 601 + n % 6, 'TP-' || n, timestamp '2019-04-01' + n * interval '1 day'
FROM sizes, generate_series(1, 90) AS n;
INSERT INTO orders
SELECT n, 'T-' || n || '/' || 2019 + n % 7, date '2019-09-01' + (n * 2 % 2200)::integer, 'Tələbələrin kursdan-kursa keçirilməsi haqqında əmr № ' || n
FROM sizes, generate_series(1, greatest(10, students / 6)) AS n;
INSERT INTO order_students
SELECT 1 + n % greatest(10, students / 6), pg_temp.student(n), CASE WHEN n % 10 = 0 THEN 'fərdi qaydada' END
FROM sizes, generate_series(0, students - 1) AS n;
INSERT INTO announcements
SELECT n, pg_temp.login(n), 'Elan № ' || n, CASE WHEN n % 5 > 0 THEN 'Dərslər 1 saat gec başlayır.' || chr(10) || 'Занятия начнутся на час позже.' END,
  timestamp '2021-01-11 09:00' + n * interval '2 days'
FROM sizes, generate_series(1, greatest(5, people / 10)) AS n;
INSERT INTO audit_log
SELECT n, pg_temp.login(pg_temp.mix(n, 6) % people), (ARRAY['login', 'insert', 'update', 'delete'])[1 + n % 4],
  (ARRAY['users', 'journal_details', 'course_student', 'orders'])[1 + n / 4 % 4], CASE WHEN n % 4 > 0 THEN n * 3 END,
  timestamp '2024-09-01' + n * interval '11 minutes'
FROM sizes, generate_series(1, 5 * people) AS n;

INSERT INTO sessions
SELECT md5('session ' || n) || md5('of ' || n), pg_temp.login(n), timestamp '2025-10-03' + n * interval '1 minute'
FROM sizes, generate_series(0, people / 8) AS n;
INSERT INTO password_resets
SELECT n, pg_temp.account(n), md5('reset ' || n) || md5('token ' || n), timestamp '2025-09-30' + n * interval '1 hour'
FROM sizes, generate_series(1, greatest(3, people / 200)) AS n;
INSERT INTO migrations SELECT n, 'v' || n || '_changes', n FROM generate_series(1, 42) AS n;
INSERT INTO students_backup_2021 SELECT id, person_id, org_id, status FROM students WHERE create_date < timestamp '2021-01-01';
INSERT INTO report_cache SELECT n, 'Hesabat ' || n, repeat(md5('report ' || n), 8), timestamp '2025-10-01' FROM generate_series(1, 25) AS n;
