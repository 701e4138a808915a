// What the rules became.
export function ListingTab() {
  return <p>ListingTab</p>;
}
