pub fn decode_string(raw: &[u8], out: &mut String) -> Result<(), ()> {
    Err(())
}
pub fn parse(raw: &[u8]) -> Result<super::Value, ()> {
    Err(())
}
impl<'a> super::RawList<'a> {
    pub fn members(self) -> impl Iterator<Item = super::Raw<'a>> {
        [].into_iter()
    }
}
