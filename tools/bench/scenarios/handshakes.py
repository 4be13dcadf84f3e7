"""New TLS connections beside nginx: with a full handshake, and resumed."""

from bench import interleaved
from connects import Connects
from scenarios.health import start_kavro_and_nginx
from table import Row, ratio_at_least

AT_ONCE = 32  # connections under way
NGINX_MARK = 0.9


def handshakes(bench):
    """Two rows of each kind. A client's work for a full handshake is about a server's, so the load's core may be what
    limits both servers, and the rates be alike for that reason only; what a second of a server's core makes tells."""
    with bench.workplace() as folder:
        kavro, nginx, _ = start_kavro_and_nginx(bench, folder)
        kinds = {"full handshake": False, "resumed": True}
        loads = {f"{kind}, {server.process.name}": Connects(bench.tool("bench_tls_connect"), server, AT_ONCE,
                                                            bench.seconds, bench.load_cores, resumed)
                 for kind, resumed in kinds.items() for server in (kavro, nginx)}
        sides, foreign = interleaved(bench, folder, loads)
    rows = []
    for kind in kinds:
        of_kavro, of_nginx = (sides[f"{kind}, {name}"].renamed(name) for name in ("kavro", "nginx"))
        marks = [ratio_at_least(NGINX_MARK)]
        rows += [Row(f"new TLS connections, {kind}, {AT_ONCE} at once, 1 core", of_kavro, of_nginx, marks,
                     foreign=foreign),
                 Row(f"the same, {kind}, in a second of the server's time", per_core_second(of_kavro),
                     per_core_second(of_nginx), marks, foreign=foreign)]
    return rows


def per_core_second(side):
    return side.with_values(1e6 / cpu_us for cpu_us in side.cpu_us)
