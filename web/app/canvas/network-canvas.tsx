/** The network, drawn and alive. */
export function NetworkCanvas() {
  return <canvas class="network" />
}
