CREATE TABLE "billing_quarantine" (
	"transaction_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"tenant_id" uuid NOT NULL,
	"trace_id" text NOT NULL,
	"settlement" jsonb NOT NULL,
	"reason" text NOT NULL,
	"tries" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"resolution" text,
	"resolved_at" timestamp with time zone,
	CONSTRAINT "billing_quarantine_transaction_id_attempt_pk" PRIMARY KEY("transaction_id","attempt")
);
--> statement-breakpoint
CREATE INDEX "billing_quarantine_open" ON "billing_quarantine" USING btree ("created_at") WHERE "billing_quarantine"."resolution" is null;