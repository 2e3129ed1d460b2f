CREATE TABLE "stored_answer_account" (
	"tenant_id" uuid NOT NULL,
	"part" smallint NOT NULL,
	"bytes" bigint NOT NULL,
	CONSTRAINT "stored_answer_account_tenant_id_part_pk" PRIMARY KEY("tenant_id","part")
);
--> statement-breakpoint
ALTER TABLE "stored_answer_account" ADD CONSTRAINT "stored_answer_account_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
-- Keeps account of the bytes of each tenant's answers, whoever writes or deletes them. In parts, so
-- that answers written at once do not wait for each other; always in order, so that none deadlock.
-- 512 is what the names of an answer count (ANSWER_OVERHEAD_BYTES).
CREATE FUNCTION tallygate_count_answers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO stored_answer_account AS a (tenant_id, part, bytes)
    SELECT tenant_id, get_byte(sha256(convert_to(trace_id, 'UTF8')), 0) % 16,
      sum(octet_length(body) + 512)::bigint
    FROM written GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (tenant_id, part) DO UPDATE SET bytes = a.bytes + excluded.bytes;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO stored_answer_account AS a (tenant_id, part, bytes)
    SELECT tenant_id, get_byte(sha256(convert_to(trace_id, 'UTF8')), 0) % 16,
      -sum(octet_length(body) + 512)::bigint
    FROM gone GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (tenant_id, part) DO UPDATE SET bytes = a.bytes + excluded.bytes;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER stored_answer_written AFTER INSERT ON stored_answer
  REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION tallygate_count_answers();
--> statement-breakpoint
CREATE TRIGGER stored_answer_rewritten AFTER UPDATE ON stored_answer
  REFERENCING OLD TABLE AS gone NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION tallygate_count_answers();
--> statement-breakpoint
CREATE TRIGGER stored_answer_gone AFTER DELETE ON stored_answer
  REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION tallygate_count_answers();
--> statement-breakpoint
INSERT INTO stored_answer_account (tenant_id, part, bytes)
SELECT tenant_id, get_byte(sha256(convert_to(trace_id, 'UTF8')), 0) % 16,
  sum(octet_length(body) + 512)::bigint
FROM stored_answer GROUP BY 1, 2;
