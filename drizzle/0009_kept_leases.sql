CREATE TABLE "billing_kept_lease" (
	"transaction_id" uuid PRIMARY KEY NOT NULL,
	"attempt" integer NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
