"""GET /health beside nginx and Poco::Net::HTTPServer."""

import servers
from bench import CONNECTIONS, interleaved
from client import ask_once, require_same
from load import HEALTH
from table import Row, ratio_at_least

MANY_CONNECTIONS = 1000

NGINX_MARK = 0.85
NGINX_MANY_MARK = 1.0
POCO_MARK = 2.3


def start_kavro_and_nginx(bench, folder, scheme="https", connections_max=None):
    """Both on the server's core, and what Kavro answers to GET /health; nginx answers the same.

    `connections_max`: of both; None leaves Kavro as shipped, and gives nginx as many.
    """
    settings = {"http": {"connections_max": connections_max}} if connections_max else None
    kavro = bench.kavro(folder, pinned=True, scheme=scheme, settings=settings)
    answer = ask_once(kavro, "/health")
    nginx = servers.Nginx(folder, bench.server_cores, kavro.certificate, answer, scheme,
                          kavro.settings["http"]["connections_max"])
    require_same("nginx", ask_once(nginx, "/health"), answer)
    return kavro, nginx, answer


def start_all(bench, folder, connections):
    """{name: server} of the three, on the server's core."""
    kavro, nginx, answer = start_kavro_and_nginx(bench, folder)
    poco = servers.Poco(bench.tool("bench_poco_server"), folder, bench.server_cores, kavro.certificate, answer,
                        connections)
    require_same("poco", ask_once(poco, "/health"), answer)
    return {"kavro": kavro, "nginx": nginx, "poco": poco}


def health(bench):
    with bench.workplace() as folder:
        loads = {name: bench.load(server, HEALTH) for name, server in start_all(bench, folder, CONNECTIONS).items()}
        sides, foreign = interleaved(bench, folder, loads)
    what = f"GET /health, {CONNECTIONS} connections, 1 core"
    return [Row(what, sides["kavro"], sides["nginx"].renamed("nginx `return 200`"), [ratio_at_least(NGINX_MARK)],
                foreign=foreign),
            Row(what, sides["kavro"], sides["poco"].renamed("Poco::Net::HTTPServer"), [ratio_at_least(POCO_MARK)],
                foreign=foreign)]


def many(bench):
    with bench.workplace() as folder:
        kavro, nginx, _ = start_kavro_and_nginx(bench, folder)
        loads = {server.process.name: bench.load(server, HEALTH, MANY_CONNECTIONS) for server in (kavro, nginx)}
        sides, foreign = interleaved(bench, folder, loads)
    return [Row(f"GET /health, {MANY_CONNECTIONS:,} connections, 1 core", sides["kavro"],
                sides["nginx"].renamed("nginx `return 200`"), [ratio_at_least(NGINX_MANY_MARK)], foreign=foreign)]
