# Calls a cloud by boto3. The same input and output as call.mjs; the CA is in AWS_CA_BUNDLE.
import datetime
import json
import sys

import boto3
import botocore.exceptions
from botocore import xform_name
from botocore.config import Config

request = json.load(sys.stdin)
credentials = request["credentials"]
config = Config(
    retries={"max_attempts": 0},
    parameter_validation=False,
    s3={"addressing_style": "path"},
)


def connect(name):
    return boto3.client(
        name,
        endpoint_url=request["endpoint"],
        region_name=request["region"],
        aws_access_key_id=credentials["accessKeyId"],
        aws_secret_access_key=credentials["secretAccessKey"],
        config=config,
    )


def readable(value):
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if hasattr(value, "read"):
        return value.read().decode()
    return str(value)


clients = {}
outcomes = []
for call in request["calls"]:
    name = call["client"]
    client = clients.setdefault(name, None) or connect(name)
    clients[name] = client
    if not hasattr(client, xform_name(call["operation"])):
        outcomes.append({"unknown": call["operation"]})
        continue
    body = call["input"].get("Body")
    if isinstance(body, dict):
        call["input"]["Body"] = b"a" * body["size"]
    try:
        output = getattr(client, xform_name(call["operation"]))(**call["input"])
        output.pop("ResponseMetadata", None)
        outcomes.append({"output": output})
    except botocore.exceptions.ClientError as error:
        answer = error.response["Error"]
        outcomes.append({"error": answer["Code"], "message": answer["Message"]})
json.dump(outcomes, sys.stdout, default=readable)
