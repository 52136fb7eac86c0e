-- What the new app counts for itself and would show as 0 until the next lesson is watched or course is edited.

UPDATE courses SET "totalLessons" = counted.lessons
FROM (
  SELECT "courseId", count(*) AS lessons
  FROM lessons JOIN course_modules ON course_modules.id = "moduleId"
  GROUP BY "courseId"
) AS counted
WHERE counted."courseId" = courses.id;

UPDATE enrollments SET progress = round(100.0 * done.lessons / "totalLessons", 2)
FROM (
  SELECT "enrollmentId", count(*) AS lessons FROM lesson_progress WHERE "isCompleted" GROUP BY "enrollmentId"
) AS done, courses
WHERE done."enrollmentId" = enrollments.id AND courses.id = enrollments."courseId";

UPDATE tutors SET "totalCourses" = counted.courses
FROM (SELECT "tutorId", count(*) AS courses FROM courses GROUP BY "tutorId") AS counted
WHERE counted."tutorId" = tutors.id;

UPDATE students SET "coursesStarted" = counted.courses
FROM (SELECT "userId", count(*) AS courses FROM enrollments GROUP BY "userId") AS counted
WHERE counted."userId" = students."userId";
