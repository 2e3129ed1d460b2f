-- Adding the trigger waits for the writes under way and holds up others for that moment, no longer:
-- the sums of what the ledger holds already are made afterwards, a part at a time (usage-rollup.ts).
-- Pages are left room, so that a sum is moved in place.
CREATE TABLE "usage_rollup" (
	"tenant_id" uuid NOT NULL,
	"day" date NOT NULL,
	"hour" smallint NOT NULL,
	"model" text NOT NULL,
	"api_key_id" uuid NOT NULL,
	"requests" bigint DEFAULT 0 NOT NULL,
	"voided" bigint DEFAULT 0 NOT NULL,
	"input_tokens" bigint DEFAULT 0 NOT NULL,
	"output_tokens" bigint DEFAULT 0 NOT NULL,
	"cached_tokens" bigint DEFAULT 0 NOT NULL,
	"reasoning_tokens" bigint DEFAULT 0 NOT NULL,
	"amount" bigint DEFAULT 0 NOT NULL,
	"duration_ms" bigint DEFAULT 0 NOT NULL,
	"timed" bigint DEFAULT 0 NOT NULL,
	"first_byte_ms" bigint DEFAULT 0 NOT NULL,
	"first_bytes" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "usage_rollup_tenant_id_day_hour_model_api_key_id_pk" PRIMARY KEY("tenant_id","day","hour","model","api_key_id")
) WITH (fillfactor = 70);
--> statement-breakpoint
-- The hour of the day that a charge counts in: its time may lie a little beside that day, or, where a
-- trace ran again, days before it.
CREATE FUNCTION tallygate_usage_hour(at timestamptz, day date) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (CASE WHEN (at AT TIME ZONE 'utc')::date < day THEN 0
    WHEN (at AT TIME ZONE 'utc')::date > day THEN 23
    ELSE extract(hour FROM at AT TIME ZONE 'utc') END)::smallint
$$;
--> statement-breakpoint
-- A void that runs again, or is charged late, is none any more. The only write of a sum beside those
-- of settling; it holds no other row of this table, so none waits for the other in a circle.
CREATE FUNCTION tallygate_usage_unvoid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE usage_rollup SET voided = voided - 1
  WHERE tenant_id = OLD.tenant_id AND day = OLD.day
    AND hour = tallygate_usage_hour(OLD.created_at, OLD.day)
    AND model = OLD.model AND api_key_id = OLD.api_key_id;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER billing_transaction_unvoid AFTER UPDATE ON billing_transaction
  FOR EACH ROW WHEN (OLD.status = 'VOIDED' AND NEW.status <> 'VOIDED')
  EXECUTE FUNCTION tallygate_usage_unvoid();
