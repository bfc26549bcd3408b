"""A server of exported models."""

import click

from .command import Command


@click.command(cls=Command)
@click.argument("directory", type=click.Path(exists=True, file_okay=False))
@click.option("--host", default="127.0.0.1", show_default=True,
              help="Where to listen; 0.0.0.0 for all networks.")  # fmt: skip
@click.option("--port", default=8080, show_default=True, help="Of REST.")
@click.option("--grpc-port", default=8081, show_default=True, help="Of gRPC.")
@click.option("--metrics-port", default=8082, show_default=True, help="Of Prometheus.")
@click.option("--max-request-mb", default=16.0, show_default=True,
              type=click.FloatRange(min=0, min_open=True),
              help="Larger ones are refused.")  # fmt: skip
@click.option("--max-samples", default=1024, show_default=True,
              type=click.IntRange(min=1),
              help="The most that one request draws.")  # fmt: skip
def serve(directory, host, port, grpc_port, metrics_port, max_request_mb, max_samples):
    """Serves the exported models DIRECTORY/NAME/VERSION by the V2 protocol."""
    from ..serving import serve as run
    from ..serving import versions

    for path in versions(directory):
        click.echo(f"{path.parent.name}, version {path.name}: {path}")
    click.echo(f"REST on http://{host}:{port}/v2, gRPC on {host}:{grpc_port}.")
    run(
        directory,
        host=host,
        port=port,
        grpc_port=grpc_port,
        metrics_port=metrics_port,
        max_request_bytes=int(max_request_mb * 2**20),
        max_samples=max_samples,
    )
