"""One run as a job of Glue or EMR Serverless."""

from firmograph.cloud.job import main

main()
