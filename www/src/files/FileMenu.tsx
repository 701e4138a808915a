// Open, save, share.
export function FileMenu() {
  return <p>FileMenu</p>;
}
