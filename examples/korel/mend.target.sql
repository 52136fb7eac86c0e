-- The target before it is loaded again: nobody has used it yet, so everything in these tables came from the first load.
-- CASCADE because tables outside the plan refer to these; they are empty, and have to be: CASCADE empties them too.
TRUNCATE "User", "AuthorityPackRepurpose", "VerificationToken" CASCADE;

-- The foreign key the new schema lost, as the SQLite schema declares it.
ALTER TABLE "AuthorityPackRepurpose" ADD CONSTRAINT "AuthorityPackRepurpose_packId_fkey"
  FOREIGN KEY ("packId") REFERENCES "AuthorityPack"("id") ON DELETE CASCADE ON UPDATE CASCADE;
