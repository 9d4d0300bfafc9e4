# The safety net: a run finds whatever events missed. A listener runs twice a day by itself.

resource "aws_cloudwatch_event_rule" "nightly" {
  count = local.has_function ? 1 : 0

  name                = "${var.name}-nightly"
  description         = "A run whether or not something was announced."
  schedule_expression = var.nightly
}

resource "aws_cloudwatch_event_target" "nightly" {
  count = local.has_function ? 1 : 0

  rule  = aws_cloudwatch_event_rule.nightly[0].name
  arn   = aws_lambda_function.start[0].arn
  input = "{}"
}

resource "aws_lambda_permission" "nightly" {
  count = local.has_function ? 1 : 0

  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.start[0].function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.nightly[0].arn
}
