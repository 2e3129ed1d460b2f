-- Every update of a quota row adds one to its version, hand-made SQL included: Redis only takes
-- newer rows, so a change that kept the version would never be seen there.
CREATE FUNCTION tallygate_bump_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE FUNCTION tallygate_bump_quota_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  NEW.updated_at := now();
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER tenant_quota_version BEFORE UPDATE ON tenant_quota
  FOR EACH ROW EXECUTE FUNCTION tallygate_bump_quota_version();
--> statement-breakpoint
CREATE TRIGGER api_key_quota_version BEFORE UPDATE ON api_key_quota
  FOR EACH ROW EXECUTE FUNCTION tallygate_bump_version();
--> statement-breakpoint
-- The ledger is append-only: a COMMITTED row may not change, whoever writes.
CREATE FUNCTION tallygate_committed_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.status = 'COMMITTED' THEN
    RAISE EXCEPTION 'transaction % is COMMITTED and cannot change; write a correcting row instead', OLD.id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
--> statement-breakpoint
CREATE TRIGGER billing_transaction_final BEFORE UPDATE OR DELETE ON billing_transaction
  FOR EACH ROW EXECUTE FUNCTION tallygate_committed_is_final();
