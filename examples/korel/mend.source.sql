-- What the first verify named, mended where it went wrong: in the SQLite database.
BEGIN;

-- What the app should have deleted together with its user, and then with its pack.
DELETE FROM "Session" WHERE "userId" NOT IN (SELECT "id" FROM "User");
DELETE FROM "AuthorityPack" WHERE "userId" NOT IN (SELECT "id" FROM "User");
DELETE FROM "AuthorityPackRepurpose" WHERE "packId" NOT IN (SELECT "id" FROM "AuthorityPack");

-- Values from before the enums: transcripts are text, and a lifetime deal has what AGENCY has.
UPDATE "AuthorityPack" SET "inputType" = 'TEXT' WHERE "inputType" = 'TRANSCRIPT';
UPDATE "Subscription" SET "plan" = 'AGENCY' WHERE "plan" = 'LIFETIME';

-- An answer that was cut off is no answer; the app asks again where there is none.
UPDATE "AuthorityPack" SET "strategicHooks" = NULL WHERE NOT json_valid("strategicHooks");

-- '2026-02' in a column of integers: the year has a column of its own.
UPDATE "Usage" SET "month" = CAST(substr("month", 6) AS INTEGER) WHERE typeof("month") = 'text';

COMMIT;
