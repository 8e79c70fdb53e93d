import type { ScaleMonth, Years } from './calendar-scale.ts';
import { dayOf } from './civil.ts';

/**
 * Years 1900 to 2150, five digits of base 36 each: days from 19 January to the new year, times 2^17; plus the number of
 * the month after which a leap month comes, times 2^13; plus a bit for each month of thirty days, the lowest for the first.
 * They are what ICU computes in ten milliseconds a year from the moon and the sun; a test compares.
 */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  CHINESE: [
    '0z8pe2f4nm1k9lx0t3d626p1n1909n0hoba1y9gq13e5508wnm1pufm0w3s52cc9x1emh70knmz212251663v0btrd1sotl11wuq',
    '2hz821k9b90qhcd26pue1brue0ev911y9qs13esp0br821pvv60w10m29hyj1emhj0kn92213ru18zis0enk91snk90z2c32f5ar',
    '1k7qj0nl2323wrx1bsdm0hphx1yap013e4p08xar1pv2t0tfsd29hyu1emjx0ngyy2148i190v80eqfd1vhvu0z6ad2cc5z1k7rq',
    '0qe9h23wt11bsnm0hmzp1ybad13d56067pz1n1y30w8yi29i0a1emp50nhaq23wwi1678l0c28b1so5n0z8a32calp1henh0qeeh',
    '26qi11btzm0hput1yazp158b12hydy1n0dy0tcqd29iad1enc90niqa23xjm190rq0btjq1pv130z8ba2f3ve1hexh0q8qx26p8p',
    '1bslv0ev571vga310kt708w9m1n0x60th052ccdg1hft50kosz213md166250bzvx1pv3p0zesq2f4cy1k9et0qhxm26qmi1btsl',
    '0hoa61vgba10kvp08wc21puc20t86d29jxh1hetm0km1j1y9bf13cyj0btna1sodl0zrrm2f5g21k8x10qhcb23wp718z3f0eycb',
    '1vgdp10l0q08xg21pvo20wahx29jj91emhh0knn1212gm13d110bu7e1sp1l123de2f6361k9ba0qe6u23wpj18z4m0esb91vgph',
    '13dc9068431n15f0tfsb29hyj1btcr0knru212lm167ad0c2fe1socp0z9g52f5at1help0nl4d23ws51bsfe0et9h1vhyd13eiy',
    '0940l1n2c60tglq29hzq1emk50knua212vm167xh0etsa1pua30wdjr2cazv1hemz0nl5i23wx61bsr60hoo51vhhh10kuj062zf',
    '1n0rv0tdgr29i251hfvu0qb8223xci190rp0ew5n1vhat0zelp2f4521k81h0t7ze26qq11enbm0kizp2144q13dxy092gm1pu1m',
    '0w6vp29idx1hf0q0nfkj23vyt166230bzvb1so7v12kii2f4a21k8yt0t9vu29j621bthx0huln1y9fx13e0d08wa21pu3u0w71h',
    '2ccrp1hg7e0nifp23x921900e0bzxp1so9i10jw405vad1k9lx0t85m',
  ],
  DANGI: [
    '0z8pe2f4nm1k9lx0t3d626p1n1909n0hoba1y9gq13e5508wnm1pufm0w3s52cc9x1emh70kn8b213n118z8q0bnft1sofd11weq',
    '2hz0y1k9b90qb0t26pna1brud0ev8t1y9qs13ell0br0y1pvv60w10m29hyf1emhj0kn92213oa18zis0enjd1snk90z2c32f5ar',
    '1k7qj0nl2323wj11btka0kims1yap013e4p08xar1pv2t0tfsb29hyl1emjx0ngx62148i190v80eqfd1vhvu0z9g52f5au1k7rq',
    '0qe9h23wt11bsnm0hmzp1ybad13eq2090uu1n1y30w8ye29i0a1emop0nhaq23w42166g50c28b1so5n0z7vv2calp1henf0qeeh',
    '26qi11btzm0hpgl1yazp158b12hydy1n0dy0t9kd2cbf81en550nij623xjm190rq0btjq1pv130z7w62f5ga1k82c0q8qx26p8p',
    '1bslv0ev531vga310kt708w9m1n0iy0th052ccdg1hft50kosz213md166250btjx1pv3h0zesq2f4cy1k9et0qbm126qfe1bted',
    '0hoa51vgba10kvp08wbu1puc20t86d29jtx1hgei0nf6e1yavv1663e0btn91sodl0zrrm2f4nm1k8x10qgjv23wp718z3f0eycb',
    '1vgbx10l0p08xg21pvo20wahx29jj91emh90knn12122e13d110bu7d1souh1236a2f6361k9ba0qe6u23wpj18z4m0esad1vglx',
    '13etl0918y1n15f0tfsb29hyj1btcr0knru212lm1679x0c2fd1socp0z9g32f5at1help0nl4d23ws51bsfe0et9h1vhyd13eiy',
    '093md1n2c50tfse29hzq1emk50knua212vm167xh0ewy21snd60wdjr2cckr1k7ru0nl5h23wx51bsr60hmzp1vhgl10k0b069av',
    '1n0rv0tcnv29i251hfu10qb8223xci190rp0ew5n1vhat0zelp2f4521k7ud0t7ze26qq11enbm0kizp2144m13dxy092ge1ptxy',
    '0w63929iad1hgi10q8pe23vyr166230bzvb1so6312kii2f4a21k8yt0t9vu29j611bted0huln1y9f113e0d08wa21pu3u0w71h',
    '2ccrp1hg7e0nic523x5i1900e0bzxp1so8l10jw205vad1k9lx0tb9m',
  ],
};

/** Calendars by the moon and the sun that are told here; what RSCALE calls them (CLDR). */
export const LUNAR_CALENDARS: readonly string[] = Object.keys(TABLES);

const DIGITS = 5;

/** Years of a Chinese or Korean calendar. */
export class LunarYears implements Years {
  readonly first = 1900;
  readonly last = 2150;
  readonly #table: string;

  /** @param name of LUNAR_CALENDARS */
  constructor(name: string) {
    this.#table = (TABLES[name] ?? []).join('');
  }

  months(year: number): readonly ScaleMonth[] {
    const at = (year - this.first) * DIGITS;
    const told = Number.parseInt(this.#table.slice(at, at + DIGITS), 36);
    const leap = (told >> 13) & 0xf;
    let first = dayOf(year, 1, 19) + (told >> 17);
    return Array.from({ length: leap > 0 ? 13 : 12 }, (_, index) => {
      const code = leap === 0 || index < leap ? index + 1 : index === leap ? leap + 0.5 : index;
      const month = { code, first, length: 29 + ((told >> index) & 1) };
      first += month.length;
      return month;
    });
  }
}
