-- The foreign key the new schema lost, as the SQLite schema declares it.
ALTER TABLE "AuthorityPackRepurpose" ADD CONSTRAINT "AuthorityPackRepurpose_packId_fkey"
  FOREIGN KEY ("packId") REFERENCES "AuthorityPack"("id") ON DELETE CASCADE ON UPDATE CASCADE;
