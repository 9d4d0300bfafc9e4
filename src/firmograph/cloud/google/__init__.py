"""Google Cloud: Pub/Sub, Cloud Functions, Dataproc, Cloud Run, and BigQuery's external tables."""
