"""Amazon Web Services: SQS, Lambda, Glue, ECS, EMR Serverless, and Glue's Data Catalog."""
