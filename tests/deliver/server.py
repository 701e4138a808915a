"""A mail server for tests: aiosmtpd, which writes each mail that it takes as a line of JSON.

    server.py certificates FOLDER     an authority (ca.pem) and certificates for localhost and for other.example.org
    server.py serve PORT FILE [...]   prints "ready", then serves until its standard input ends

--tls starttls|tls|none   --cert FILE (certificate and key)   --user NAME --password TEXT
--refuse ADDRESS=CODE     a recipient that is not taken       --fail N=CODE   the N first mails are answered so
"""

import argparse
import base64
import email
import email.policy
import json
import ssl
import sys
import warnings

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

# Log in without encryption is what one test is about.
warnings.simplefilter("ignore")


def certificates(folder):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(f"{folder}/ca.pem")
    for name in ("localhost", "other.example.org"):
        authority.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(f"{folder}/{name}.pem")


class Handler:
    def __init__(self, arguments):
        self.out = open(arguments.file, "a", encoding="utf-8")
        self.refuse = dict(pair.split("=", 1) for pair in arguments.refuse)
        count, _, self.code = (arguments.fail or "0=").partition("=")
        self.failing = int(count)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuse:
            return f"{self.refuse[address]} no {address} here"
        envelope.rcpt_tos.append(address)
        return "250 taken"

    async def handle_DATA(self, server, session, envelope):
        if self.failing > 0:
            self.failing -= 1
            return f"{self.code} not now"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = [part for part in mail.walk() if not part.is_multipart()]
        self.out.write(
            json.dumps(
                {
                    "from": envelope.mail_from,
                    "to": envelope.rcpt_tos,
                    "hello": session.host_name,
                    "encrypted": server.transport.get_extra_info("ssl_object") is not None,
                    "login": bool(session.authenticated),
                    "headers": [[name, str(value)] for name, value in mail.items()],
                    "type": mail.get_content_type(),
                    "parts": [[part.get_content_type(), part.get_content().replace("\r\n", "\n")] for part in parts],
                    "bytes": base64.b64encode(envelope.content).decode(),
                }
            )
            + "\n"
        )
        self.out.flush()
        return "250 taken"


def serve(arguments):
    context = None
    if arguments.tls != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(arguments.cert)

    def authenticate(server, session, envelope, mechanism, data):
        good = data.login == arguments.user.encode() and data.password == arguments.password.encode()
        return AuthResult(success=good, handled=good)

    options = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": arguments.tls == "starttls"} if arguments.user else {}
    if arguments.tls == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    controller = Controller(
        Handler(arguments),
        hostname="localhost",
        port=arguments.port,
        ssl_context=context if arguments.tls == "tls" else None,
        **options,
    )
    controller.start()
    print("ready", flush=True)
    sys.stdin.read()
    controller.stop()


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    made = commands.add_parser("certificates")
    made.add_argument("folder")
    made.set_defaults(run=lambda arguments: certificates(arguments.folder))
    served = commands.add_parser("serve")
    served.add_argument("port", type=int)
    served.add_argument("file")
    served.add_argument("--tls", choices=["starttls", "tls", "none"], default="none")
    served.add_argument("--cert")
    served.add_argument("--user")
    served.add_argument("--password")
    served.add_argument("--refuse", action="append", default=[])
    served.add_argument("--fail")
    served.set_defaults(run=serve)
    arguments = parser.parse_args()
    arguments.run(arguments)


main()
