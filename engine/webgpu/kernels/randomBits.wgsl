/** The 32 bits that a key and a place decide: the finaliser of MurmurHash3 (Appleby 2011), as the reference has it. */
fn random_bits(place: u32, key: u32) -> u32 {
  var bits = place * 0x9e3779b9u + key;
  bits = (bits ^ (bits >> 16u)) * 0x85ebca6bu;
  bits = (bits ^ (bits >> 13u)) * 0xc2b2ae35u;
  return bits ^ (bits >> 16u);
}
