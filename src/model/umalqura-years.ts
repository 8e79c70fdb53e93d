/** Lengths of the months of a year of the calendar of Umm al-Qura, and where it begins. */
export interface UmalquraMonths {
  /** Days from the new year of the civil Islamic calendar. */
  readonly shift: number;
  readonly lengths: readonly number[];
}

const FIRST = 1300;
const DIGITS = 3;

/**
 * Years 1300 to 1600, three digits of base 36 each: a day more than the shift, times 2^12; plus a bit for each month of
 * thirty days, the lowest for the first. It is Saudi Arabia's table, as ICU has it; a test compares.
 */
const TABLE = [
  '47p0iz1tj3p212u3u45ed59m5060wu1ul3p614l3vu5e359246m0j112l5ei4lu65h96y5qu57a59x4hg5ux5g25d14ej23f3tm',
  '4ih4b85ut8y259146u1v93qs4ix4ic4h546t0gt0xp1x63w45ex5d657943121p3q24ih6229785re5li43222548a5sl5sa58z',
  '46j21n46y1bp6218ya5rd57943112l5be4is63590i59m50a3q214p5gy7s44i147p0iz0yj5a24ac5ux8ya59h4z13n11rh3q2',
  '25159h56z0wn1tj3p21v95t55si5n94yz0gr0yj53p4b65ut8y259147h23x3vu5hu5hg5ft59110t14d5ey4ic5vt5ua59i506',
  '0j212l3u228l59m1u50wt1ul0je14l4a22mt5964z20ha1252564ic4h127b57143112l5ei7ro66h9765ra57a3ti1bp5gq8lu',
  '5d14gb23f47u5ay4ac5ux8k259646u3na12t5bm4ic4h547p0j10xp52y48k5ex8k259146l21p44a5ax4he61h94a5na4z223x',
  '48a5t15sa5qt4dn2fv46y4hh5v68ys5rd5794311v15be7oo63590k8y257u3q214p5f68ko4i94et42z1uj3p614l5ux8ya5nq',
  '4zy41a1ul44a5at59m5710wr1tj43a1v95t68ya59h4zv3or1235ax4b65vp9025d147p59x4ac5gp4o24lh49f23v44653q4b6',
  '5gl8ju59143109p0kd53u4ac4a146l0gr1pz3g612l5ey5ai59246j09n0jf4ae5uy8lw5s658t46l23h47u4lx4ll64z956592',
  '47q1bp5gq8lw',
].join('');

/** undefined for years beyond the table, which are those of the civil calendar. */
export function umalquraMonths(year: number): UmalquraMonths | undefined {
  const at = (year - FIRST) * DIGITS;
  if (at < 0 || at >= TABLE.length) return undefined;
  const told = Number.parseInt(TABLE.slice(at, at + DIGITS), 36);
  return {
    shift: (told >> 12) - 1,
    lengths: Array.from({ length: 12 }, (_, index) => 29 + ((told >> index) & 1)),
  };
}
