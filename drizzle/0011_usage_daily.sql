-- Charts of months read days: 24 times fewer sums than hours. What the hours come to already is added
-- afterwards, a part at a time (usage-rollup.ts). Pages are left room, so that a sum is moved in place.
CREATE TABLE "usage_daily" (
	"tenant_id" uuid NOT NULL,
	"day" date NOT NULL,
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
	CONSTRAINT "usage_daily_tenant_id_day_model_api_key_id_pk" PRIMARY KEY("tenant_id","day","model","api_key_id")
) WITH (fillfactor = 70);
--> statement-breakpoint
-- A void that runs again, or is charged late, is none any more. The hour first, then its day, as where
-- charges end: of two that move the same sums, neither waits for the other in a circle.
CREATE OR REPLACE FUNCTION tallygate_usage_unvoid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE usage_rollup SET voided = voided - 1
  WHERE tenant_id = OLD.tenant_id AND day = OLD.day
    AND hour = tallygate_usage_hour(OLD.created_at, OLD.day)
    AND model = OLD.model AND api_key_id = OLD.api_key_id;
  UPDATE usage_daily SET voided = voided - 1
  WHERE tenant_id = OLD.tenant_id AND day = OLD.day
    AND model = OLD.model AND api_key_id = OLD.api_key_id;
  RETURN NULL;
END $$;
