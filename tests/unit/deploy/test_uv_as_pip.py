"""uv fetches packages from where pip would."""

from deploy.local.uv_as_pip import settings_for_uv, settings_of_pip

LISTED = """\
:env:.cert='/etc/ssl/own.pem'
global.extra-index-url='https://one.example/simple https://two.example/simple'
global.index-url='https://company.example/simple'
global.timeout='60'
install.index-url='https://install.example/simple'
install.trusted-host='one.example'
"""


def test_uv_uses_the_indexes_hosts_and_certificates_of_pip() -> None:
    assert settings_for_uv(settings_of_pip(LISTED)) == {
        "UV_DEFAULT_INDEX": "https://install.example/simple",
        "UV_INDEX": "https://one.example/simple https://two.example/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_INSECURE_HOST": "one.example",
        "SSL_CERT_FILE": "/etc/ssl/own.pem",
        "UV_SYSTEM_CERTS": "1",
    }


def test_the_environment_comes_before_the_files() -> None:
    listed = ":env:.index-url='https://env.example/simple'\ninstall.index-url='https://install.example/simple'\n"

    assert settings_for_uv(settings_of_pip(listed))["UV_DEFAULT_INDEX"] == "https://env.example/simple"


def test_nothing_set_for_pip_leaves_the_systems_certificates() -> None:
    assert settings_for_uv(settings_of_pip("")) == {"UV_SYSTEM_CERTS": "1"}
