CREATE TABLE "budget_alert" (
	"tenant_id" uuid NOT NULL,
	"month" char(7) NOT NULL,
	"amount" bigint NOT NULL,
	"threshold" smallint NOT NULL,
	"spent" bigint NOT NULL,
	"reached_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "budget_alert_tenant_id_month_amount_threshold_pk" PRIMARY KEY("tenant_id","month","amount","threshold")
);
--> statement-breakpoint
CREATE TABLE "tenant_budget" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"amount" bigint NOT NULL,
	"thresholds" smallint[] NOT NULL,
	"mail" text NOT NULL,
	"mail_to" uuid[] NOT NULL,
	"language" text NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tenant_budget_amount" CHECK ("tenant_budget"."amount" between 1 and 9000000000000000),
	CONSTRAINT "tenant_budget_thresholds" CHECK (cardinality("tenant_budget"."thresholds") between 1 and 10)
);
--> statement-breakpoint
ALTER TABLE "budget_alert" ADD CONSTRAINT "budget_alert_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tenant_budget" ADD CONSTRAINT "tenant_budget_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE no action ON UPDATE no action;