-- The foreign key that the new schema lost, as the SQLite schema declares it.
-- There are still repurposes without a pack here, so rows that are there already are checked later, after they are replaced.
ALTER TABLE "AuthorityPackRepurpose" ADD CONSTRAINT "AuthorityPackRepurpose_packId_fkey"
  FOREIGN KEY ("packId") REFERENCES "AuthorityPack"("id") ON DELETE CASCADE ON UPDATE CASCADE;
