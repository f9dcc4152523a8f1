"""The methods of logging in and out: a code by phone, a password on top, a QR code, and the end of a session."""

import os
import secrets
from datetime import timedelta

from telethon.crypto.rsa import get_byte_array
from telethon.tl import TLObject, TLRequest
from telethon.tl.functions.account import GetPasswordRequest
from telethon.tl.functions.auth import (
    CheckPasswordRequest,
    ExportLoginTokenRequest,
    ImportLoginTokenRequest,
    LogOutRequest,
    ResendCodeRequest,
    SendCodeRequest,
    SignInRequest,
)
from telethon.tl.types import InputCheckPasswordSRP, SecurePasswordKdfAlgoUnknown
from telethon.tl.types import PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow as Algorithm
from telethon.tl.types.account import Password
from telethon.tl.types.auth import (
    Authorization,
    AuthorizationSignUpRequired,
    LoggedOut,
    LoginTokenSuccess,
    SentCode,
    SentCodeTypeApp,
)
from telethon.tl.types.auth import LoginToken as TlLoginToken

from tests.fakes.telegram.call import Call, Key, LoginToken, answers
from tests.fakes.telegram.faults import Refusal
from tests.fakes.telegram.handshake import PRIME, G
from tests.fakes.telegram.srp import Lock
from tests.fakes.telegram.world import Account, now, only_digits

TOKEN_LIVES = timedelta(seconds=30)
CODE_DIGITS = 5


@answers(SendCodeRequest, before_login=True)
def send_code(call: Call) -> TLObject:
    check_application(call, call.request)
    digits = only_digits(call.request.phone_number)
    if not 7 <= len(digits) <= 15:
        raise Refusal(406, "PHONE_NUMBER_INVALID")
    return _send(call, digits)


@answers(ResendCodeRequest, before_login=True)
def resend_code(call: Call) -> TLObject:
    digits = only_digits(call.request.phone_number)
    if call.server.code_hashes.get(call.request.phone_code_hash) != digits:
        raise Refusal(400, "PHONE_CODE_EXPIRED")
    return _send(call, digits)


def _send(call: Call, digits: str) -> TLObject:
    account = call.server.world.with_phone(digits)
    code_hash = secrets.token_hex(9)
    call.server.code_hashes[code_hash] = digits
    if account:
        call.server.codes.append((account.phone, account.code))
    return SentCode(SentCodeTypeApp(len(account.code) if account else CODE_DIGITS), code_hash)


@answers(SignInRequest, before_login=True)
def sign_in(call: Call) -> TLObject:
    request, server = call.request, call.server
    digits = only_digits(request.phone_number)
    if not request.phone_code:
        raise Refusal(400, "PHONE_CODE_EMPTY")
    if server.code_hashes.get(request.phone_code_hash) != digits:
        raise Refusal(400, "PHONE_CODE_EXPIRED")
    account = server.world.with_phone(digits)
    if account is None:
        return AuthorizationSignUpRequired()
    if request.phone_code != account.code:
        raise Refusal(400, "PHONE_CODE_INVALID")
    del server.code_hashes[request.phone_code_hash]
    return _enter(call.key, account)


def _enter(key: Key, account: Account) -> Authorization:
    """Logs in, unless there is a password still to be given."""
    if account.password is not None:
        key.half_in = account
        raise Refusal(401, "SESSION_PASSWORD_NEEDED")
    key.log_in(account)
    return Authorization(account.view(account))


@answers(GetPasswordRequest, before_login=True)
def get_password(call: Call) -> TLObject:
    account = call.key.half_in or call.account
    challenge = _lock(call, account).challenge() if account.password is not None else {"has_password": False}
    return Password(
        new_algo=Algorithm(salt1=os.urandom(8), salt2=os.urandom(16), g=G, p=get_byte_array(PRIME)),
        new_secure_algo=SecurePasswordKdfAlgoUnknown(),
        secure_random=os.urandom(256),
        **challenge,
    )


@answers(CheckPasswordRequest, before_login=True)
def check_password(call: Call) -> TLObject:
    account = call.key.half_in
    if account is None:
        raise Refusal(401, "AUTH_KEY_UNREGISTERED")
    proof = call.request.password
    if not isinstance(proof, InputCheckPasswordSRP):
        raise Refusal(400, "PASSWORD_HASH_INVALID")
    lock = _lock(call, account)
    if not lock.knows(proof.srp_id):
        raise Refusal(400, "SRP_ID_INVALID")
    if not lock.opens(proof):
        raise Refusal(400, "PASSWORD_HASH_INVALID")
    call.key.log_in(account)
    return Authorization(account.view(account))


def _lock(call: Call, account: Account) -> Lock:
    """The lock for the password as it is now; making one is slow, so it is kept."""
    kept = call.server.locks.get(account)
    if kept is None or kept[0] != account.password:
        kept = (account.password, Lock.of(account.password or ""))
        call.server.locks[account] = kept
    return kept[1]


@answers(ExportLoginTokenRequest, before_login=True)
def export_login_token(call: Call) -> TLObject:
    """A new token each time; once somebody has scanned one, the login that it led to."""
    check_application(call, call.request)
    if call.key.scanned_by:
        return LoginTokenSuccess(_enter(call.key, call.key.scanned_by))
    token = LoginToken(call.key, now() + TOKEN_LIVES)
    secret = os.urandom(32)
    call.server.tokens[secret] = token
    call.server.token_shown()
    return TlLoginToken(token.expires, secret)


@answers(ImportLoginTokenRequest, before_login=True)
def import_login_token(call: Call) -> TLObject:
    """What a client does after a move to another data centre."""
    token = call.server.tokens.get(call.request.token)
    if token is None:
        raise Refusal(400, "AUTH_TOKEN_INVALIDX")
    if token.key.scanned_by is None:
        raise Refusal(400, "AUTH_TOKEN_EXPIRED" if token.expires < now() else "AUTH_TOKEN_EXCEPTION")
    return LoginTokenSuccess(_enter(call.key, token.key.scanned_by))


@answers(LogOutRequest)
def log_out(call: Call) -> TLObject:
    call.key.account = None
    return LoggedOut()


def check_application(call: Call, request: TLRequest) -> None:
    """Whether a request carries the application that the server wants; it wants none in particular by default."""
    server = call.server
    right_id = server.api_id in (None, request.api_id)
    right_hash = server.api_hash in (None, getattr(request, "api_hash", server.api_hash))
    if not (right_id and right_hash):
        raise Refusal(400, "API_ID_INVALID")
