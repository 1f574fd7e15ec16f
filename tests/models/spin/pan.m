#define rand	pan_rand
#define pthread_equal(a,b)	((a)==(b))
#if defined(HAS_CODE) && defined(VERBOSE)
	#ifdef BFS_PAR
		bfs_printf("Pr: %d Tr: %d\n", II, t->forw);
	#else
		cpu_printf("Pr: %d Tr: %d\n", II, t->forw);
	#endif
#endif
	switch (t->forw) {
	default: Uerror("bad forward move");
	case 0:	/* if without executable clauses */
		continue;
	case 1: /* generic 'goto' or 'skip' */
		IfNotBlocked
		_m = 3; goto P999;
	case 2: /* generic 'else' */
		IfNotBlocked
		if (trpt->o_pm&1) continue;
		_m = 3; goto P999;

		 /* PROC :init: */
	case 3: // STATE 11 - log.pml:253 - [D_STEP253]
		IfNotBlocked

		reached[0][11] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_000_0: /* 2 */
		now.super_pc.inc = 1;
#ifdef VAR_RANGES
		logval("super_pc.inc", ((int)now.super_pc.inc));
#endif
		;
S_001_0: /* 2 */
		now.super_pc.begin_inc = 1;
#ifdef VAR_RANGES
		logval("super_pc.begin_inc", ((int)now.super_pc.begin_inc));
#endif
		;
S_009_0: /* 2 */
S_002_0: /* 2 */
		now.super_disk.begin = ((int)now.super_pc.begin);
#ifdef VAR_RANGES
		logval("super_disk.begin", ((int)now.super_disk.begin));
#endif
		;
S_003_0: /* 2 */
		now.super_disk.begin_inc = ((int)now.super_pc.begin_inc);
#ifdef VAR_RANGES
		logval("super_disk.begin_inc", ((int)now.super_disk.begin_inc));
#endif
		;
S_004_0: /* 2 */
		now.super_disk.inc = ((int)now.super_pc.inc);
#ifdef VAR_RANGES
		logval("super_disk.inc", ((int)now.super_disk.inc));
#endif
		;
S_005_0: /* 2 */
		now.super_disk.promised = ((int)now.super_pc.promised);
#ifdef VAR_RANGES
		logval("super_disk.promised", ((int)now.super_disk.promised));
#endif
		;
S_006_0: /* 2 */
		now.super_disk.durable = ((int)now.super_pc.durable);
#ifdef VAR_RANGES
		logval("super_disk.durable", ((int)now.super_disk.durable));
#endif
		;
S_007_0: /* 2 */
		now.super_disk.tail = ((int)now.super_pc.tail);
#ifdef VAR_RANGES
		logval("super_disk.tail", ((int)now.super_disk.tail));
#endif
		;
S_008_0: /* 2 */
		now.super_disk.shared = ((int)now.super_pc.shared);
#ifdef VAR_RANGES
		logval("super_disk.shared", ((int)now.super_disk.shared));
#endif
		;
		goto S_810_0;
S_810_0: /* 1 */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 4: // STATE 22 - log.pml:287 - [D_STEP287]
		if (!(boq == -1 && ((((((((int)now.r_at)==0)&&(((int)now.w_at[0])==0))&& !(((((((int)now.w_at[ Index((1-0), 2) ])!=0)&&(((int)now.w_at[ Index((1-0), 2) ])!=3))&&(0==1))&&0)))&&(((int)now.promised)>0))&&((((((int)now.reserved)+1)+2)<=(((int)now.reclaimed)+5))&&((((int)now.reserved)+1)<10)))&&((((int)now.state[0])==0)||((((int)now.state[0])==1)&&(((now.mem[ Index((((int)now.place[0])%5), 5) ]>>3)&15)<((int)now.promised)))))))
			continue;

		reached[0][22] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_011_0: /* 2 */
		if (!(((((((((int)now.r_at)==0)&&(((int)now.w_at[0])==0))&& !(((((((int)now.w_at[ Index((1-0), 2) ])!=0)&&(((int)now.w_at[ Index((1-0), 2) ])!=3))&&(0==1))&&0)))&&(((int)now.promised)>0))&&((((((int)now.reserved)+1)+2)<=(((int)now.reclaimed)+5))&&((((int)now.reserved)+1)<10)))&&((((int)now.state[0])==0)||((((int)now.state[0])==1)&&(((now.mem[ Index((((int)now.place[0])%5), 5) ]>>3)&15)<((int)now.promised)))))))
			Uerror("block in d_step seq");
S_012_0: /* 2 */
		now.w_slot[0] = 0;
#ifdef VAR_RANGES
		logval("w_slot[0]", ((int)now.w_slot[0]));
#endif
		;
S_013_0: /* 2 */
		now.w_ballot[0] = ((int)now.promised);
#ifdef VAR_RANGES
		logval("w_ballot[0]", ((int)now.w_ballot[0]));
#endif
		;
S_018_0: /* 2 */
S_014_0: /* 2 */
		spin_assert((now.mem[ Index((((int)now.reserved)%5), 5) ]==0), "(mem[(reserved%5)]==0)", II, tt, t);
S_015_0: /* 2 */
		now.w_address[0] = ((int)now.reserved);
#ifdef VAR_RANGES
		logval("w_address[0]", ((int)now.w_address[0]));
#endif
		;
S_016_0: /* 2 */
		now.mem[ Index((now.reserved%5), 5) ] = 1;
#ifdef VAR_RANGES
		logval("mem[(reserved%5)]", now.mem[ Index((((int)now.reserved)%5), 5) ]);
#endif
		;
S_017_0: /* 2 */
		now.reserved = (((int)now.reserved)+1);
#ifdef VAR_RANGES
		logval("reserved", ((int)now.reserved));
#endif
		;
		goto S_019_0;
S_019_0: /* 2 */
		now.w_won[0] = (((int)now.state[0])+(((int)now.place[0])<<3));
#ifdef VAR_RANGES
		logval("w_won[0]", ((int)now.w_won[0]));
#endif
		;
S_020_0: /* 2 */
		now.w_at[0] = 1;
#ifdef VAR_RANGES
		logval("w_at[0]", ((int)now.w_at[0]));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 5: // STATE 33 - log.pml:287 - [D_STEP287]
		if (!(boq == -1 && (((((((int)now.r_at)==0)&&(((int)now.w_at[0])==0))&&(((int)now.promised)>0))&&((((((int)now.reserved)+1)+2)<=(((int)now.reclaimed)+5))&&((((int)now.reserved)+1)<10)))&&((((int)now.state[1])==0)||((((int)now.state[1])==1)&&(((now.mem[ Index((((int)now.place[1])%5), 5) ]>>3)&15)<((int)now.promised)))))))
			continue;

		reached[0][33] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_022_0: /* 2 */
		if (!((((((((int)now.r_at)==0)&&(((int)now.w_at[0])==0))&&(((int)now.promised)>0))&&((((((int)now.reserved)+1)+2)<=(((int)now.reclaimed)+5))&&((((int)now.reserved)+1)<10)))&&((((int)now.state[1])==0)||((((int)now.state[1])==1)&&(((now.mem[ Index((((int)now.place[1])%5), 5) ]>>3)&15)<((int)now.promised)))))))
			Uerror("block in d_step seq");
S_023_0: /* 2 */
		now.w_slot[0] = 1;
#ifdef VAR_RANGES
		logval("w_slot[0]", ((int)now.w_slot[0]));
#endif
		;
S_024_0: /* 2 */
		now.w_ballot[0] = ((int)now.promised);
#ifdef VAR_RANGES
		logval("w_ballot[0]", ((int)now.w_ballot[0]));
#endif
		;
S_029_0: /* 2 */
S_025_0: /* 2 */
		spin_assert((now.mem[ Index((((int)now.reserved)%5), 5) ]==0), "(mem[(reserved%5)]==0)", II, tt, t);
S_026_0: /* 2 */
		now.w_address[0] = ((int)now.reserved);
#ifdef VAR_RANGES
		logval("w_address[0]", ((int)now.w_address[0]));
#endif
		;
S_027_0: /* 2 */
		now.mem[ Index((now.reserved%5), 5) ] = 1;
#ifdef VAR_RANGES
		logval("mem[(reserved%5)]", now.mem[ Index((((int)now.reserved)%5), 5) ]);
#endif
		;
S_028_0: /* 2 */
		now.reserved = (((int)now.reserved)+1);
#ifdef VAR_RANGES
		logval("reserved", ((int)now.reserved));
#endif
		;
		goto S_030_0;
S_030_0: /* 2 */
		now.w_won[0] = (((int)now.state[1])+(((int)now.place[1])<<3));
#ifdef VAR_RANGES
		logval("w_won[0]", ((int)now.w_won[0]));
#endif
		;
S_031_0: /* 2 */
		now.w_at[0] = 1;
#ifdef VAR_RANGES
		logval("w_at[0]", ((int)now.w_at[0]));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 6: // STATE 46 - log.pml:287 - [D_STEP287]
		if (!(boq == -1 && ((((int)now.r_at)==0)&&(((int)now.w_at[0])==1))))
			continue;

		reached[0][46] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_033_0: /* 2 */
		if (!(((((int)now.r_at)==0)&&(((int)now.w_at[0])==1))))
			Uerror("block in d_step seq");
S_034_0: /* 2 */
		now.alive[ Index(now.w_slot[0], 2) ] = (((int)now.alive[ Index(((int)now.w_slot[0]), 2) ])|(1<<((int)now.w_ballot[0])));
#ifdef VAR_RANGES
		logval("alive[w_slot[0]]", ((int)now.alive[ Index(((int)now.w_slot[0]), 2) ]));
#endif
		;
S_042_0: /* 2 */
S_035_0: /* 2 */
		if (!((((int)now.w_won[0])==(((int)now.state[ Index(((int)now.w_slot[0]), 2) ])+(((int)now.place[ Index(((int)now.w_slot[0]), 2) ])<<3)))))
			goto S_042_1;
S_036_0: /* 2 */
		now.state[ Index(now.w_slot[0], 2) ] = 1;
#ifdef VAR_RANGES
		logval("state[w_slot[0]]", ((int)now.state[ Index(((int)now.w_slot[0]), 2) ]));
#endif
		;
S_037_0: /* 2 */
		now.place[ Index(now.w_slot[0], 2) ] = ((int)now.w_address[0]);
#ifdef VAR_RANGES
		logval("place[w_slot[0]]", ((int)now.place[ Index(((int)now.w_slot[0]), 2) ]));
#endif
		;
S_038_0: /* 2 */
		now.w_won[0] = 1;
#ifdef VAR_RANGES
		logval("w_won[0]", ((int)now.w_won[0]));
#endif
		;
S_039_0: /* 2 */
		now.mem[ Index((now.w_address[0]%5), 5) ] = ((((1|(((int)now.w_ballot[0])<<3))|(((int)now.w_slot[0])<<7))|(((int)now.w_address[0])<<8))|(((int)now.inc)<<12));
#ifdef VAR_RANGES
		logval("mem[(w_address[0]%5)]", now.mem[ Index((((int)now.w_address[0])%5), 5) ]);
#endif
		;
		goto S_043_0;
S_042_1: /* 3 */
S_040_0: /* 2 */
		/* else */;
S_041_0: /* 2 */
		now.w_won[0] = 0;
#ifdef VAR_RANGES
		logval("w_won[0]", ((int)now.w_won[0]));
#endif
		;
		goto S_043_0;
S_042_2: /* 3 */
		Uerror("blocking sel in d_step (nr.0, near line 287)");
S_043_0: /* 2 */
S_044_0: /* 2 */
		now.w_at[0] = 2;
#ifdef VAR_RANGES
		logval("w_at[0]", ((int)now.w_at[0]));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 7: // STATE 58 - log.pml:287 - [D_STEP287]
		if (!(boq == -1 && ((((int)now.r_at)==0)&&(((int)now.w_at[0])==2))))
			continue;

		reached[0][58] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_046_0: /* 2 */
		if (!(((((int)now.r_at)==0)&&(((int)now.w_at[0])==2))))
			Uerror("block in d_step seq");
S_047_0: /* 2 */
		now.mem[ Index((now.w_address[0]%5), 5) ] = ( (((int)now.w_won[0])) ? (((((3|(((int)now.w_ballot[0])<<3))|(((int)now.w_slot[0])<<7))|(((int)now.w_address[0])<<8))|(((int)now.inc)<<12))) : (((((2|(0<<3))|(0<<7))|(((int)now.w_address[0])<<8))|(((int)now.inc)<<12))) );
#ifdef VAR_RANGES
		logval("mem[(w_address[0]%5)]", now.mem[ Index((((int)now.w_address[0])%5), 5) ]);
#endif
		;
S_055_0: /* 2 */
S_053_0: /* 2 */
S_052_0: /* 2 */
S_048_0: /* 2 */
		if (!((((((int)now.published)<((int)now.reserved))&&(now.mem[ Index((((int)now.published)%5), 5) ]!=16384))&&((now.mem[ Index((((int)now.published)%5), 5) ]&7)>=2))))
			goto S_052_1;
S_049_0: /* 2 */
		now.published = (((int)now.published)+1);
#ifdef VAR_RANGES
		logval("published", ((int)now.published));
#endif
		;
		goto S_053_0; /* ';' */
S_052_1: /* 3 */
S_050_0: /* 2 */
		/* else */;
S_051_0: /* 2 */
		goto S_054_0;	/* 'goto' */
S_052_2: /* 3 */
		Uerror("blocking sel in d_step (nr.1, near line 106)");
S_054_0: /* 2 */
		goto S_056_0;	/* 'break' */
S_056_0: /* 2 */
		now.w_at[0] = ( (((int)now.w_won[0])) ? (3) : (0) );
#ifdef VAR_RANGES
		logval("w_at[0]", ((int)now.w_at[0]));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 8: // STATE 69 - log.pml:287 - [D_STEP287]
		if (!(boq == -1 && (((((int)now.r_at)==0)&&(((int)now.w_at[0])==3))&&(((int)now.durable)>=(((int)now.w_address[0])+1)))))
			continue;

		reached[0][69] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_058_0: /* 2 */
		if (!((((((int)now.r_at)==0)&&(((int)now.w_at[0])==3))&&(((int)now.durable)>=(((int)now.w_address[0])+1)))))
			Uerror("block in d_step seq");
S_060_0: /* 2 */
S_059_0: /* 2 */
		now.ack[0].vote[ Index(now.w_slot[0], 2) ] = ( ((((int)now.ack[0].vote[ Index(((int)now.w_slot[0]), 2) ])>((int)now.w_ballot[0]))) ? (((int)now.ack[0].vote[ Index(((int)now.w_slot[0]), 2) ])) : (((int)now.w_ballot[0])) );
#ifdef VAR_RANGES
		logval("ack[0].vote[w_slot[0]]", ((int)now.ack[0].vote[ Index(((int)now.w_slot[0]), 2) ]));
#endif
		;
		goto S_062_0;
S_062_0: /* 2 */
S_061_0: /* 2 */
		now.ack[1].vote[ Index(now.w_slot[0], 2) ] = ( ((((int)now.ack[1].vote[ Index(((int)now.w_slot[0]), 2) ])>((int)now.w_ballot[0]))) ? (((int)now.ack[1].vote[ Index(((int)now.w_slot[0]), 2) ])) : (((int)now.w_ballot[0])) );
#ifdef VAR_RANGES
		logval("ack[1].vote[w_slot[0]]", ((int)now.ack[1].vote[ Index(((int)now.w_slot[0]), 2) ]));
#endif
		;
		goto S_063_0;
S_063_0: /* 2 */
		now.w_at[0] = 0;
#ifdef VAR_RANGES
		logval("w_at[0]", ((int)now.w_at[0]));
#endif
		;
S_064_0: /* 2 */
		now.w_address[0] = 0;
#ifdef VAR_RANGES
		logval("w_address[0]", ((int)now.w_address[0]));
#endif
		;
S_065_0: /* 2 */
		now.w_slot[0] = 0;
#ifdef VAR_RANGES
		logval("w_slot[0]", ((int)now.w_slot[0]));
#endif
		;
S_066_0: /* 2 */
		now.w_ballot[0] = 0;
#ifdef VAR_RANGES
		logval("w_ballot[0]", ((int)now.w_ballot[0]));
#endif
		;
S_067_0: /* 2 */
		now.w_won[0] = 0;
#ifdef VAR_RANGES
		logval("w_won[0]", ((int)now.w_won[0]));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 9: // STATE 80 - log.pml:289 - [D_STEP289]
		if (!(boq == -1 && ((((((((int)now.r_at)==0)&&(((int)now.w_at[1])==0))&& !(((((((int)now.w_at[ Index((1-1), 2) ])!=0)&&(((int)now.w_at[ Index((1-1), 2) ])!=3))&&(1==1))&&0)))&&(((int)now.promised)>0))&&((((((int)now.reserved)+1)+2)<=(((int)now.reclaimed)+5))&&((((int)now.reserved)+1)<10)))&&((((int)now.state[0])==0)||((((int)now.state[0])==1)&&(((now.mem[ Index((((int)now.place[0])%5), 5) ]>>3)&15)<((int)now.promised)))))))
			continue;

		reached[0][80] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_069_0: /* 2 */
		if (!(((((((((int)now.r_at)==0)&&(((int)now.w_at[1])==0))&& !(((((((int)now.w_at[ Index((1-1), 2) ])!=0)&&(((int)now.w_at[ Index((1-1), 2) ])!=3))&&(1==1))&&0)))&&(((int)now.promised)>0))&&((((((int)now.reserved)+1)+2)<=(((int)now.reclaimed)+5))&&((((int)now.reserved)+1)<10)))&&((((int)now.state[0])==0)||((((int)now.state[0])==1)&&(((now.mem[ Index((((int)now.place[0])%5), 5) ]>>3)&15)<((int)now.promised)))))))
			Uerror("block in d_step seq");
S_070_0: /* 2 */
		now.w_slot[1] = 0;
#ifdef VAR_RANGES
		logval("w_slot[1]", ((int)now.w_slot[1]));
#endif
		;
S_071_0: /* 2 */
		now.w_ballot[1] = ((int)now.promised);
#ifdef VAR_RANGES
		logval("w_ballot[1]", ((int)now.w_ballot[1]));
#endif
		;
S_076_0: /* 2 */
S_072_0: /* 2 */
		spin_assert((now.mem[ Index((((int)now.reserved)%5), 5) ]==0), "(mem[(reserved%5)]==0)", II, tt, t);
S_073_0: /* 2 */
		now.w_address[1] = ((int)now.reserved);
#ifdef VAR_RANGES
		logval("w_address[1]", ((int)now.w_address[1]));
#endif
		;
S_074_0: /* 2 */
		now.mem[ Index((now.reserved%5), 5) ] = 1;
#ifdef VAR_RANGES
		logval("mem[(reserved%5)]", now.mem[ Index((((int)now.reserved)%5), 5) ]);
#endif
		;
S_075_0: /* 2 */
		now.reserved = (((int)now.reserved)+1);
#ifdef VAR_RANGES
		logval("reserved", ((int)now.reserved));
#endif
		;
		goto S_077_0;
S_077_0: /* 2 */
		now.w_won[1] = (((int)now.state[0])+(((int)now.place[0])<<3));
#ifdef VAR_RANGES
		logval("w_won[1]", ((int)now.w_won[1]));
#endif
		;
S_078_0: /* 2 */
		now.w_at[1] = 1;
#ifdef VAR_RANGES
		logval("w_at[1]", ((int)now.w_at[1]));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 10: // STATE 91 - log.pml:289 - [D_STEP289]
		if (!(boq == -1 && (((((((int)now.r_at)==0)&&(((int)now.w_at[1])==0))&&(((int)now.promised)>0))&&((((((int)now.reserved)+1)+2)<=(((int)now.reclaimed)+5))&&((((int)now.reserved)+1)<10)))&&((((int)now.state[1])==0)||((((int)now.state[1])==1)&&(((now.mem[ Index((((int)now.place[1])%5), 5) ]>>3)&15)<((int)now.promised)))))))
			continue;

		reached[0][91] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_080_0: /* 2 */
		if (!((((((((int)now.r_at)==0)&&(((int)now.w_at[1])==0))&&(((int)now.promised)>0))&&((((((int)now.reserved)+1)+2)<=(((int)now.reclaimed)+5))&&((((int)now.reserved)+1)<10)))&&((((int)now.state[1])==0)||((((int)now.state[1])==1)&&(((now.mem[ Index((((int)now.place[1])%5), 5) ]>>3)&15)<((int)now.promised)))))))
			Uerror("block in d_step seq");
S_081_0: /* 2 */
		now.w_slot[1] = 1;
#ifdef VAR_RANGES
		logval("w_slot[1]", ((int)now.w_slot[1]));
#endif
		;
S_082_0: /* 2 */
		now.w_ballot[1] = ((int)now.promised);
#ifdef VAR_RANGES
		logval("w_ballot[1]", ((int)now.w_ballot[1]));
#endif
		;
S_087_0: /* 2 */
S_083_0: /* 2 */
		spin_assert((now.mem[ Index((((int)now.reserved)%5), 5) ]==0), "(mem[(reserved%5)]==0)", II, tt, t);
S_084_0: /* 2 */
		now.w_address[1] = ((int)now.reserved);
#ifdef VAR_RANGES
		logval("w_address[1]", ((int)now.w_address[1]));
#endif
		;
S_085_0: /* 2 */
		now.mem[ Index((now.reserved%5), 5) ] = 1;
#ifdef VAR_RANGES
		logval("mem[(reserved%5)]", now.mem[ Index((((int)now.reserved)%5), 5) ]);
#endif
		;
S_086_0: /* 2 */
		now.reserved = (((int)now.reserved)+1);
#ifdef VAR_RANGES
		logval("reserved", ((int)now.reserved));
#endif
		;
		goto S_088_0;
S_088_0: /* 2 */
		now.w_won[1] = (((int)now.state[1])+(((int)now.place[1])<<3));
#ifdef VAR_RANGES
		logval("w_won[1]", ((int)now.w_won[1]));
#endif
		;
S_089_0: /* 2 */
		now.w_at[1] = 1;
#ifdef VAR_RANGES
		logval("w_at[1]", ((int)now.w_at[1]));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 11: // STATE 104 - log.pml:289 - [D_STEP289]
		if (!(boq == -1 && ((((int)now.r_at)==0)&&(((int)now.w_at[1])==1))))
			continue;

		reached[0][104] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_091_0: /* 2 */
		if (!(((((int)now.r_at)==0)&&(((int)now.w_at[1])==1))))
			Uerror("block in d_step seq");
S_092_0: /* 2 */
		now.alive[ Index(now.w_slot[1], 2) ] = (((int)now.alive[ Index(((int)now.w_slot[1]), 2) ])|(1<<((int)now.w_ballot[1])));
#ifdef VAR_RANGES
		logval("alive[w_slot[1]]", ((int)now.alive[ Index(((int)now.w_slot[1]), 2) ]));
#endif
		;
S_100_0: /* 2 */
S_093_0: /* 2 */
		if (!((((int)now.w_won[1])==(((int)now.state[ Index(((int)now.w_slot[1]), 2) ])+(((int)now.place[ Index(((int)now.w_slot[1]), 2) ])<<3)))))
			goto S_100_1;
S_094_0: /* 2 */
		now.state[ Index(now.w_slot[1], 2) ] = 1;
#ifdef VAR_RANGES
		logval("state[w_slot[1]]", ((int)now.state[ Index(((int)now.w_slot[1]), 2) ]));
#endif
		;
S_095_0: /* 2 */
		now.place[ Index(now.w_slot[1], 2) ] = ((int)now.w_address[1]);
#ifdef VAR_RANGES
		logval("place[w_slot[1]]", ((int)now.place[ Index(((int)now.w_slot[1]), 2) ]));
#endif
		;
S_096_0: /* 2 */
		now.w_won[1] = 1;
#ifdef VAR_RANGES
		logval("w_won[1]", ((int)now.w_won[1]));
#endif
		;
S_097_0: /* 2 */
		now.mem[ Index((now.w_address[1]%5), 5) ] = ((((1|(((int)now.w_ballot[1])<<3))|(((int)now.w_slot[1])<<7))|(((int)now.w_address[1])<<8))|(((int)now.inc)<<12));
#ifdef VAR_RANGES
		logval("mem[(w_address[1]%5)]", now.mem[ Index((((int)now.w_address[1])%5), 5) ]);
#endif
		;
		goto S_101_0;
S_100_1: /* 3 */
S_098_0: /* 2 */
		/* else */;
S_099_0: /* 2 */
		now.w_won[1] = 0;
#ifdef VAR_RANGES
		logval("w_won[1]", ((int)now.w_won[1]));
#endif
		;
		goto S_101_0;
S_100_2: /* 3 */
		Uerror("blocking sel in d_step (nr.2, near line 289)");
S_101_0: /* 2 */
S_102_0: /* 2 */
		now.w_at[1] = 2;
#ifdef VAR_RANGES
		logval("w_at[1]", ((int)now.w_at[1]));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 12: // STATE 116 - log.pml:289 - [D_STEP289]
		if (!(boq == -1 && ((((int)now.r_at)==0)&&(((int)now.w_at[1])==2))))
			continue;

		reached[0][116] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_104_0: /* 2 */
		if (!(((((int)now.r_at)==0)&&(((int)now.w_at[1])==2))))
			Uerror("block in d_step seq");
S_105_0: /* 2 */
		now.mem[ Index((now.w_address[1]%5), 5) ] = ( (((int)now.w_won[1])) ? (((((3|(((int)now.w_ballot[1])<<3))|(((int)now.w_slot[1])<<7))|(((int)now.w_address[1])<<8))|(((int)now.inc)<<12))) : (((((2|(0<<3))|(0<<7))|(((int)now.w_address[1])<<8))|(((int)now.inc)<<12))) );
#ifdef VAR_RANGES
		logval("mem[(w_address[1]%5)]", now.mem[ Index((((int)now.w_address[1])%5), 5) ]);
#endif
		;
S_113_0: /* 2 */
S_111_0: /* 2 */
S_110_0: /* 2 */
S_106_0: /* 2 */
		if (!((((((int)now.published)<((int)now.reserved))&&(now.mem[ Index((((int)now.published)%5), 5) ]!=16384))&&((now.mem[ Index((((int)now.published)%5), 5) ]&7)>=2))))
			goto S_110_1;
S_107_0: /* 2 */
		now.published = (((int)now.published)+1);
#ifdef VAR_RANGES
		logval("published", ((int)now.published));
#endif
		;
		goto S_111_0; /* ';' */
S_110_1: /* 3 */
S_108_0: /* 2 */
		/* else */;
S_109_0: /* 2 */
		goto S_112_0;	/* 'goto' */
S_110_2: /* 3 */
		Uerror("blocking sel in d_step (nr.3, near line 106)");
S_112_0: /* 2 */
		goto S_114_0;	/* 'break' */
S_114_0: /* 2 */
		now.w_at[1] = ( (((int)now.w_won[1])) ? (3) : (0) );
#ifdef VAR_RANGES
		logval("w_at[1]", ((int)now.w_at[1]));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 13: // STATE 127 - log.pml:289 - [D_STEP289]
		if (!(boq == -1 && (((((int)now.r_at)==0)&&(((int)now.w_at[1])==3))&&(((int)now.durable)>=(((int)now.w_address[1])+1)))))
			continue;

		reached[0][127] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_116_0: /* 2 */
		if (!((((((int)now.r_at)==0)&&(((int)now.w_at[1])==3))&&(((int)now.durable)>=(((int)now.w_address[1])+1)))))
			Uerror("block in d_step seq");
S_118_0: /* 2 */
S_117_0: /* 2 */
		now.ack[0].vote[ Index(now.w_slot[1], 2) ] = ( ((((int)now.ack[0].vote[ Index(((int)now.w_slot[1]), 2) ])>((int)now.w_ballot[1]))) ? (((int)now.ack[0].vote[ Index(((int)now.w_slot[1]), 2) ])) : (((int)now.w_ballot[1])) );
#ifdef VAR_RANGES
		logval("ack[0].vote[w_slot[1]]", ((int)now.ack[0].vote[ Index(((int)now.w_slot[1]), 2) ]));
#endif
		;
		goto S_120_0;
S_120_0: /* 2 */
S_119_0: /* 2 */
		now.ack[1].vote[ Index(now.w_slot[1], 2) ] = ( ((((int)now.ack[1].vote[ Index(((int)now.w_slot[1]), 2) ])>((int)now.w_ballot[1]))) ? (((int)now.ack[1].vote[ Index(((int)now.w_slot[1]), 2) ])) : (((int)now.w_ballot[1])) );
#ifdef VAR_RANGES
		logval("ack[1].vote[w_slot[1]]", ((int)now.ack[1].vote[ Index(((int)now.w_slot[1]), 2) ]));
#endif
		;
		goto S_121_0;
S_121_0: /* 2 */
		now.w_at[1] = 0;
#ifdef VAR_RANGES
		logval("w_at[1]", ((int)now.w_at[1]));
#endif
		;
S_122_0: /* 2 */
		now.w_address[1] = 0;
#ifdef VAR_RANGES
		logval("w_address[1]", ((int)now.w_address[1]));
#endif
		;
S_123_0: /* 2 */
		now.w_slot[1] = 0;
#ifdef VAR_RANGES
		logval("w_slot[1]", ((int)now.w_slot[1]));
#endif
		;
S_124_0: /* 2 */
		now.w_ballot[1] = 0;
#ifdef VAR_RANGES
		logval("w_ballot[1]", ((int)now.w_ballot[1]));
#endif
		;
S_125_0: /* 2 */
		now.w_won[1] = 0;
#ifdef VAR_RANGES
		logval("w_won[1]", ((int)now.w_won[1]));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 14: // STATE 137 - log.pml:295 - [D_STEP295]
		if (!(boq == -1 && ((((((int)now.r_at)==0)&&(((int)now.m_at)==0))&&((((((int)now.reserved)+1)+1)<=(((int)now.reclaimed)+5))&&((((int)now.reserved)+1)<10)))&&(((int)now.state[0])==1))))
			continue;

		reached[0][137] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_127_0: /* 2 */
		if (!(((((((int)now.r_at)==0)&&(((int)now.m_at)==0))&&((((((int)now.reserved)+1)+1)<=(((int)now.reclaimed)+5))&&((((int)now.reserved)+1)<10)))&&(((int)now.state[0])==1))))
			Uerror("block in d_step seq");
S_128_0: /* 2 */
		now.m_slot = 0;
#ifdef VAR_RANGES
		logval("m_slot", ((int)now.m_slot));
#endif
		;
S_129_0: /* 2 */
		now.m_relies = ((now.mem[ Index((((int)now.place[0])%5), 5) ]>>3)&15);
#ifdef VAR_RANGES
		logval("m_relies", ((int)now.m_relies));
#endif
		;
S_134_0: /* 2 */
S_130_0: /* 2 */
		spin_assert((now.mem[ Index((((int)now.reserved)%5), 5) ]==0), "(mem[(reserved%5)]==0)", II, tt, t);
S_131_0: /* 2 */
		now.m_address = ((int)now.reserved);
#ifdef VAR_RANGES
		logval("m_address", ((int)now.m_address));
#endif
		;
S_132_0: /* 2 */
		now.mem[ Index((now.reserved%5), 5) ] = 1;
#ifdef VAR_RANGES
		logval("mem[(reserved%5)]", now.mem[ Index((((int)now.reserved)%5), 5) ]);
#endif
		;
S_133_0: /* 2 */
		now.reserved = (((int)now.reserved)+1);
#ifdef VAR_RANGES
		logval("reserved", ((int)now.reserved));
#endif
		;
		goto S_135_0;
S_135_0: /* 2 */
		now.m_at = 1;
#ifdef VAR_RANGES
		logval("m_at", ((int)now.m_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 15: // STATE 147 - log.pml:296 - [D_STEP296]
		if (!(boq == -1 && ((((((int)now.r_at)==0)&&(((int)now.m_at)==0))&&((((((int)now.reserved)+1)+1)<=(((int)now.reclaimed)+5))&&((((int)now.reserved)+1)<10)))&&(((int)now.state[1])==1))))
			continue;

		reached[0][147] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_137_0: /* 2 */
		if (!(((((((int)now.r_at)==0)&&(((int)now.m_at)==0))&&((((((int)now.reserved)+1)+1)<=(((int)now.reclaimed)+5))&&((((int)now.reserved)+1)<10)))&&(((int)now.state[1])==1))))
			Uerror("block in d_step seq");
S_138_0: /* 2 */
		now.m_slot = 1;
#ifdef VAR_RANGES
		logval("m_slot", ((int)now.m_slot));
#endif
		;
S_139_0: /* 2 */
		now.m_relies = ((now.mem[ Index((((int)now.place[1])%5), 5) ]>>3)&15);
#ifdef VAR_RANGES
		logval("m_relies", ((int)now.m_relies));
#endif
		;
S_144_0: /* 2 */
S_140_0: /* 2 */
		spin_assert((now.mem[ Index((((int)now.reserved)%5), 5) ]==0), "(mem[(reserved%5)]==0)", II, tt, t);
S_141_0: /* 2 */
		now.m_address = ((int)now.reserved);
#ifdef VAR_RANGES
		logval("m_address", ((int)now.m_address));
#endif
		;
S_142_0: /* 2 */
		now.mem[ Index((now.reserved%5), 5) ] = 1;
#ifdef VAR_RANGES
		logval("mem[(reserved%5)]", now.mem[ Index((((int)now.reserved)%5), 5) ]);
#endif
		;
S_143_0: /* 2 */
		now.reserved = (((int)now.reserved)+1);
#ifdef VAR_RANGES
		logval("reserved", ((int)now.reserved));
#endif
		;
		goto S_145_0;
S_145_0: /* 2 */
		now.m_at = 1;
#ifdef VAR_RANGES
		logval("m_at", ((int)now.m_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 16: // STATE 168 - log.pml:297 - [D_STEP297]
		if (!(boq == -1 && ((((int)now.r_at)==0)&&(((int)now.m_at)==1))))
			continue;

		reached[0][168] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_147_0: /* 2 */
		if (!(((((int)now.r_at)==0)&&(((int)now.m_at)==1))))
			Uerror("block in d_step seq");
S_165_0: /* 2 */
S_148_0: /* 2 */
		if (!(((((int)now.state[ Index(((int)now.m_slot), 2) ])==1)&&(((now.mem[ Index((((int)now.place[ Index(((int)now.m_slot), 2) ])%5), 5) ]>>3)&15)==((int)now.m_relies)))))
			goto S_165_1;
S_149_0: /* 2 */
		now.state[ Index(now.m_slot, 2) ] = 3;
#ifdef VAR_RANGES
		logval("state[m_slot]", ((int)now.state[ Index(((int)now.m_slot), 2) ]));
#endif
		;
S_150_0: /* 2 */
		now.m_at = 2;
#ifdef VAR_RANGES
		logval("m_at", ((int)now.m_at));
#endif
		;
		goto S_166_0;
S_165_1: /* 3 */
S_151_0: /* 2 */
		/* else */;
S_152_0: /* 2 */
		now.mem[ Index((now.m_address%5), 5) ] = ((((2|(0<<3))|(0<<7))|(((int)now.m_address)<<8))|(((int)now.inc)<<12));
#ifdef VAR_RANGES
		logval("mem[(m_address%5)]", now.mem[ Index((((int)now.m_address)%5), 5) ]);
#endif
		;
S_160_0: /* 2 */
S_158_0: /* 2 */
S_157_0: /* 2 */
S_153_0: /* 2 */
		if (!((((((int)now.published)<((int)now.reserved))&&(now.mem[ Index((((int)now.published)%5), 5) ]!=16384))&&((now.mem[ Index((((int)now.published)%5), 5) ]&7)>=2))))
			goto S_157_1;
S_154_0: /* 2 */
		now.published = (((int)now.published)+1);
#ifdef VAR_RANGES
		logval("published", ((int)now.published));
#endif
		;
		goto S_158_0; /* ';' */
S_157_1: /* 3 */
S_155_0: /* 2 */
		/* else */;
S_156_0: /* 2 */
		goto S_161_0;	/* 'goto' */
S_157_2: /* 3 */
		Uerror("blocking sel in d_step (nr.4, near line 106)");
S_159_0: /* 2 */
		goto S_161_0;	/* 'break' */
		goto S_161_0;
S_161_0: /* 2 */
		now.m_at = 0;
#ifdef VAR_RANGES
		logval("m_at", ((int)now.m_at));
#endif
		;
S_162_0: /* 2 */
		now.m_address = 0;
#ifdef VAR_RANGES
		logval("m_address", ((int)now.m_address));
#endif
		;
S_163_0: /* 2 */
		now.m_slot = 0;
#ifdef VAR_RANGES
		logval("m_slot", ((int)now.m_slot));
#endif
		;
S_164_0: /* 2 */
		now.m_relies = 0;
#ifdef VAR_RANGES
		logval("m_relies", ((int)now.m_relies));
#endif
		;
		goto S_166_0;
S_165_2: /* 3 */
		Uerror("blocking sel in d_step (nr.5, near line 298)");
S_166_0: /* 2 */
		goto S_810_0; /* '.' */
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 17: // STATE 180 - log.pml:302 - [D_STEP302]
		if (!(boq == -1 && ((((int)now.r_at)==0)&&(((int)now.m_at)==2))))
			continue;

		reached[0][180] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_168_0: /* 2 */
		if (!(((((int)now.r_at)==0)&&(((int)now.m_at)==2))))
			Uerror("block in d_step seq");
S_169_0: /* 2 */
		now.mem[ Index((now.m_address%5), 5) ] = ((((4|(((int)now.m_relies)<<3))|(((int)now.m_slot)<<7))|(((int)now.m_address)<<8))|(((int)now.inc)<<12));
#ifdef VAR_RANGES
		logval("mem[(m_address%5)]", now.mem[ Index((((int)now.m_address)%5), 5) ]);
#endif
		;
S_177_0: /* 2 */
S_175_0: /* 2 */
S_174_0: /* 2 */
S_170_0: /* 2 */
		if (!((((((int)now.published)<((int)now.reserved))&&(now.mem[ Index((((int)now.published)%5), 5) ]!=16384))&&((now.mem[ Index((((int)now.published)%5), 5) ]&7)>=2))))
			goto S_174_1;
S_171_0: /* 2 */
		now.published = (((int)now.published)+1);
#ifdef VAR_RANGES
		logval("published", ((int)now.published));
#endif
		;
		goto S_175_0; /* ';' */
S_174_1: /* 3 */
S_172_0: /* 2 */
		/* else */;
S_173_0: /* 2 */
		goto S_176_0;	/* 'goto' */
S_174_2: /* 3 */
		Uerror("blocking sel in d_step (nr.6, near line 106)");
S_176_0: /* 2 */
		goto S_178_0;	/* 'break' */
S_178_0: /* 2 */
		now.m_at = 3;
#ifdef VAR_RANGES
		logval("m_at", ((int)now.m_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 18: // STATE 188 - log.pml:304 - [D_STEP304]
		if (!(boq == -1 && ((((((int)now.r_at)==0)&&(((int)now.m_at)==3))&&(((int)now.durable)>=(((int)now.m_address)+1)))&&(((((int)now.published)>((int)now.m_address))||(((int)now.state[ Index(((int)now.m_slot), 2) ])==4))||(((int)now.published)>((int)now.place[ Index(((int)now.m_slot), 2) ]))))))
			continue;

		reached[0][188] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_180_0: /* 2 */
		if (!(((((((int)now.r_at)==0)&&(((int)now.m_at)==3))&&(((int)now.durable)>=(((int)now.m_address)+1)))&&(((((int)now.published)>((int)now.m_address))||(((int)now.state[ Index(((int)now.m_slot), 2) ])==4))||(((int)now.published)>((int)now.place[ Index(((int)now.m_slot), 2) ]))))))
			Uerror("block in d_step seq");
S_181_0: /* 2 */
		now.ack[0].chosen[ Index(now.m_slot, 2) ] = ((int)now.m_relies);
#ifdef VAR_RANGES
		logval("ack[0].chosen[m_slot]", ((int)now.ack[0].chosen[ Index(((int)now.m_slot), 2) ]));
#endif
		;
S_182_0: /* 2 */
		now.ack[1].chosen[ Index(now.m_slot, 2) ] = ((int)now.m_relies);
#ifdef VAR_RANGES
		logval("ack[1].chosen[m_slot]", ((int)now.ack[1].chosen[ Index(((int)now.m_slot), 2) ]));
#endif
		;
S_183_0: /* 2 */
		now.m_at = 0;
#ifdef VAR_RANGES
		logval("m_at", ((int)now.m_at));
#endif
		;
S_184_0: /* 2 */
		now.m_address = 0;
#ifdef VAR_RANGES
		logval("m_address", ((int)now.m_address));
#endif
		;
S_185_0: /* 2 */
		now.m_slot = 0;
#ifdef VAR_RANGES
		logval("m_slot", ((int)now.m_slot));
#endif
		;
S_186_0: /* 2 */
		now.m_relies = 0;
#ifdef VAR_RANGES
		logval("m_relies", ((int)now.m_relies));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 19: // STATE 198 - log.pml:308 - [D_STEP308]
		if (!(boq == -1 && (((((((int)now.r_at)==0)&&(((int)now.p_at)==0))&&(((int)now.promised)<2))&& !(((int)now.control)))&&((((((int)now.reserved)+1)+1)<=(((int)now.reclaimed)+5))&&((((int)now.reserved)+1)<10)))))
			continue;

		reached[0][198] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_188_0: /* 2 */
		if (!((((((((int)now.r_at)==0)&&(((int)now.p_at)==0))&&(((int)now.promised)<2))&& !(((int)now.control)))&&((((((int)now.reserved)+1)+1)<=(((int)now.reclaimed)+5))&&((((int)now.reserved)+1)<10)))))
			Uerror("block in d_step seq");
S_189_0: /* 2 */
		now.control = 1;
#ifdef VAR_RANGES
		logval("control", ((int)now.control));
#endif
		;
S_190_0: /* 2 */
		now.p_ballot = (((int)now.promised)+1);
#ifdef VAR_RANGES
		logval("p_ballot", ((int)now.p_ballot));
#endif
		;
S_195_0: /* 2 */
S_191_0: /* 2 */
		spin_assert((now.mem[ Index((((int)now.reserved)%5), 5) ]==0), "(mem[(reserved%5)]==0)", II, tt, t);
S_192_0: /* 2 */
		now.p_address = ((int)now.reserved);
#ifdef VAR_RANGES
		logval("p_address", ((int)now.p_address));
#endif
		;
S_193_0: /* 2 */
		now.mem[ Index((now.reserved%5), 5) ] = 1;
#ifdef VAR_RANGES
		logval("mem[(reserved%5)]", now.mem[ Index((((int)now.reserved)%5), 5) ]);
#endif
		;
S_194_0: /* 2 */
		now.reserved = (((int)now.reserved)+1);
#ifdef VAR_RANGES
		logval("reserved", ((int)now.reserved));
#endif
		;
		goto S_196_0;
S_196_0: /* 2 */
		now.p_at = 1;
#ifdef VAR_RANGES
		logval("p_at", ((int)now.p_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 20: // STATE 210 - log.pml:310 - [D_STEP310]
		if (!(boq == -1 && ((((int)now.r_at)==0)&&(((int)now.p_at)==1))))
			continue;

		reached[0][210] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_198_0: /* 2 */
		if (!(((((int)now.r_at)==0)&&(((int)now.p_at)==1))))
			Uerror("block in d_step seq");
S_199_0: /* 2 */
		now.mem[ Index((now.p_address%5), 5) ] = ((((5|(((int)now.p_ballot)<<3))|(0<<7))|(((int)now.p_address)<<8))|(((int)now.inc)<<12));
#ifdef VAR_RANGES
		logval("mem[(p_address%5)]", now.mem[ Index((((int)now.p_address)%5), 5) ]);
#endif
		;
S_207_0: /* 2 */
S_205_0: /* 2 */
S_204_0: /* 2 */
S_200_0: /* 2 */
		if (!((((((int)now.published)<((int)now.reserved))&&(now.mem[ Index((((int)now.published)%5), 5) ]!=16384))&&((now.mem[ Index((((int)now.published)%5), 5) ]&7)>=2))))
			goto S_204_1;
S_201_0: /* 2 */
		now.published = (((int)now.published)+1);
#ifdef VAR_RANGES
		logval("published", ((int)now.published));
#endif
		;
		goto S_205_0; /* ';' */
S_204_1: /* 3 */
S_202_0: /* 2 */
		/* else */;
S_203_0: /* 2 */
		goto S_206_0;	/* 'goto' */
S_204_2: /* 3 */
		Uerror("blocking sel in d_step (nr.7, near line 106)");
S_206_0: /* 2 */
		goto S_208_0;	/* 'break' */
S_208_0: /* 2 */
		now.p_at = 2;
#ifdef VAR_RANGES
		logval("p_at", ((int)now.p_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 21: // STATE 215 - log.pml:315 - [D_STEP315]
		if (!(boq == -1 && ((((int)now.r_at)==0)&&(((int)now.p_at)==2))))
			continue;

		reached[0][215] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_210_0: /* 2 */
		if (!(((((int)now.r_at)==0)&&(((int)now.p_at)==2))))
			Uerror("block in d_step seq");
S_211_0: /* 2 */
		now.promised = ( ((((int)now.promised)>((int)now.p_ballot))) ? (((int)now.promised)) : (((int)now.p_ballot)) );
#ifdef VAR_RANGES
		logval("promised", ((int)now.promised));
#endif
		;
S_212_0: /* 2 */
		now.control = 0;
#ifdef VAR_RANGES
		logval("control", ((int)now.control));
#endif
		;
S_213_0: /* 2 */
		now.p_at = 3;
#ifdef VAR_RANGES
		logval("p_at", ((int)now.p_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 22: // STATE 222 - log.pml:316 - [D_STEP316]
		if (!(boq == -1 && (((((int)now.r_at)==0)&&(((int)now.p_at)==3))&&(((int)now.durable)>=(((int)now.p_address)+1)))))
			continue;

		reached[0][222] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_215_0: /* 2 */
		if (!((((((int)now.r_at)==0)&&(((int)now.p_at)==3))&&(((int)now.durable)>=(((int)now.p_address)+1)))))
			Uerror("block in d_step seq");
S_216_0: /* 2 */
		now.ack[0].promise = ( ((((int)now.ack[0].promise)>((int)now.p_ballot))) ? (((int)now.ack[0].promise)) : (((int)now.p_ballot)) );
#ifdef VAR_RANGES
		logval("ack[0].promise", ((int)now.ack[0].promise));
#endif
		;
S_217_0: /* 2 */
		now.ack[1].promise = ( ((((int)now.ack[1].promise)>((int)now.p_ballot))) ? (((int)now.ack[1].promise)) : (((int)now.p_ballot)) );
#ifdef VAR_RANGES
		logval("ack[1].promise", ((int)now.ack[1].promise));
#endif
		;
S_218_0: /* 2 */
		now.p_at = 0;
#ifdef VAR_RANGES
		logval("p_at", ((int)now.p_at));
#endif
		;
S_219_0: /* 2 */
		now.p_address = 0;
#ifdef VAR_RANGES
		logval("p_address", ((int)now.p_address));
#endif
		;
S_220_0: /* 2 */
		now.p_ballot = 0;
#ifdef VAR_RANGES
		logval("p_ballot", ((int)now.p_ballot));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 23: // STATE 242 - log.pml:328 - [D_STEP328]
		if (!(boq == -1 && (((((int)now.r_at)==0)&&(((int)now.l_at)==0))&&(((int)now.published)>((int)now.durable)))))
			continue;

		reached[0][242] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_222_0: /* 2 */
		if (!((((((int)now.r_at)==0)&&(((int)now.l_at)==0))&&(((int)now.published)>((int)now.durable)))))
			Uerror("block in d_step seq");
S_237_0: /* 2 */
S_223_0: /* 2 */
		if (!(((((int)now.durable)>((int)now.marked))&&((((((int)now.reserved)+1)+1)<=(((int)now.reclaimed)+5))&&((((int)now.reserved)+1)<10)))))
			goto S_237_1;
S_224_0: /* 2 */
		spin_assert((now.mem[ Index((((int)now.reserved)%5), 5) ]==0), "(mem[(reserved%5)]==0)", II, tt, t);
S_225_0: /* 2 */
		now.mem[ Index((now.reserved%5), 5) ] = ((((6|(((int)now.durable)<<3))|(0<<7))|(((int)now.reserved)<<8))|(((int)now.inc)<<12));
#ifdef VAR_RANGES
		logval("mem[(reserved%5)]", now.mem[ Index((((int)now.reserved)%5), 5) ]);
#endif
		;
S_226_0: /* 2 */
		now.reserved = (((int)now.reserved)+1);
#ifdef VAR_RANGES
		logval("reserved", ((int)now.reserved));
#endif
		;
S_227_0: /* 2 */
		now.marked = ((int)now.durable);
#ifdef VAR_RANGES
		logval("marked", ((int)now.marked));
#endif
		;
S_235_0: /* 2 */
S_233_0: /* 2 */
S_232_0: /* 2 */
S_228_0: /* 2 */
		if (!((((((int)now.published)<((int)now.reserved))&&(now.mem[ Index((((int)now.published)%5), 5) ]!=16384))&&((now.mem[ Index((((int)now.published)%5), 5) ]&7)>=2))))
			goto S_232_1;
S_229_0: /* 2 */
		now.published = (((int)now.published)+1);
#ifdef VAR_RANGES
		logval("published", ((int)now.published));
#endif
		;
		goto S_233_0; /* ';' */
S_232_1: /* 3 */
S_230_0: /* 2 */
		/* else */;
S_231_0: /* 2 */
		goto S_239_0;	/* 'goto' */
S_232_2: /* 3 */
		Uerror("blocking sel in d_step (nr.8, near line 106)");
S_234_0: /* 2 */
		goto S_239_0;	/* 'break' */
		goto S_238_0;
S_237_1: /* 3 */
S_236_0: /* 2 */
		/* else */;
		goto S_238_0;
S_237_2: /* 3 */
		Uerror("blocking sel in d_step (nr.9, near line 328)");
S_238_0: /* 2 */
S_239_0: /* 2 */
		now.l_target = ((int)now.published);
#ifdef VAR_RANGES
		logval("l_target", ((int)now.l_target));
#endif
		;
S_240_0: /* 2 */
		now.l_at = 1;
#ifdef VAR_RANGES
		logval("l_at", ((int)now.l_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 24: // STATE 246 - log.pml:333 - [D_STEP333]
		if (!(boq == -1 && (((((int)now.r_at)==0)&&(((int)now.l_at)==1))&&(((int)now.synced)<((int)now.l_target)))))
			continue;

		reached[0][246] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_242_0: /* 2 */
		if (!((((((int)now.r_at)==0)&&(((int)now.l_at)==1))&&(((int)now.synced)<((int)now.l_target)))))
			Uerror("block in d_step seq");
S_243_0: /* 2 */
		now.pc[ Index((now.synced%5), 5) ] = now.mem[ Index((((int)now.synced)%5), 5) ];
#ifdef VAR_RANGES
		logval("pc[(synced%5)]", now.pc[ Index((((int)now.synced)%5), 5) ]);
#endif
		;
S_244_0: /* 2 */
		now.synced = (((int)now.synced)+1);
#ifdef VAR_RANGES
		logval("synced", ((int)now.synced));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 25: // STATE 249 - log.pml:334 - [D_STEP334]
		if (!(boq == -1 && (((((int)now.r_at)==0)&&(((int)now.l_at)==1))&&(((int)now.synced)>=((int)now.l_target)))))
			continue;

		reached[0][249] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_246_0: /* 2 */
		if (!((((((int)now.r_at)==0)&&(((int)now.l_at)==1))&&(((int)now.synced)>=((int)now.l_target)))))
			Uerror("block in d_step seq");
S_247_0: /* 2 */
		now.l_at = 2;
#ifdef VAR_RANGES
		logval("l_at", ((int)now.l_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 26: // STATE 265 - log.pml:339 - [D_STEP339]
		if (!(boq == -1 && ((((int)now.r_at)==0)&&(((int)now.l_at)==2))))
			continue;

		reached[0][265] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_249_0: /* 2 */
		if (!(((((int)now.r_at)==0)&&(((int)now.l_at)==2))))
			Uerror("block in d_step seq");
S_260_0: /* 2 */
S_250_0: /* 2 */
		now.x = 0;
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
S_257_0: /* 2 */
S_256_0: /* 2 */
S_251_0: /* 2 */
		if (!((((int)now.x)<5)))
			goto S_256_1;
S_252_0: /* 2 */
		now.disk[ Index(now.x, 5) ] = now.pc[ Index(((int)now.x), 5) ];
#ifdef VAR_RANGES
		logval("disk[x]", now.disk[ Index(((int)now.x), 5) ]);
#endif
		;
S_253_0: /* 2 */
		now.x = (((int)now.x)+1);
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
		goto S_257_0; /* ';' */
S_256_1: /* 3 */
S_254_0: /* 2 */
		/* else */;
S_255_0: /* 2 */
		goto S_259_0;	/* 'goto' */
S_256_2: /* 3 */
		Uerror("blocking sel in d_step (nr.10, near line 113)");
S_258_0: /* 2 */
		goto S_259_0;	/* 'break' */
S_259_0: /* 2 */
		now.x = 0;
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
		goto S_261_0;
S_261_0: /* 2 */
		now.durable = ( ((((int)now.durable)>((int)now.l_target))) ? (((int)now.durable)) : (((int)now.l_target)) );
#ifdef VAR_RANGES
		logval("durable", ((int)now.durable));
#endif
		;
S_262_0: /* 2 */
		now.l_at = 0;
#ifdef VAR_RANGES
		logval("l_at", ((int)now.l_at));
#endif
		;
S_263_0: /* 2 */
		now.l_target = 0;
#ifdef VAR_RANGES
		logval("l_target", ((int)now.l_target));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 27: // STATE 266 - log.pml:378 - [((((((r_at==0)&&(c_at==0))&&!(checkpointing))&&(published>reclaimed))&&((reserved-reclaimed)>1)))] (274:0:4 - 1)
		IfNotBlocked
		reached[0][266] = 1;
		if (!((((((((int)now.r_at)==0)&&(((int)now.c_at)==0))&& !(((int)now.checkpointing)))&&(((int)now.published)>((int)now.reclaimed)))&&((((int)now.reserved)-((int)now.reclaimed))>1))))
			continue;
		/* merge: checkpointing = 1(274, 267, 274) */
		reached[0][267] = 1;
		(trpt+1)->bup.ovals = grab_ints(4);
		(trpt+1)->bup.ovals[0] = ((int)now.checkpointing);
		now.checkpointing = 1;
#ifdef VAR_RANGES
		logval("checkpointing", ((int)now.checkpointing));
#endif
		;
		/* merge: c_address = reclaimed(274, 268, 274) */
		reached[0][268] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.c_address);
		now.c_address = ((int)now.reclaimed);
#ifdef VAR_RANGES
		logval("c_address", ((int)now.c_address));
#endif
		;
		/* merge: c_full = 1(274, 269, 274) */
		reached[0][269] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.c_full);
		now.c_full = 1;
#ifdef VAR_RANGES
		logval("c_full", ((int)now.c_full));
#endif
		;
		/* merge: c_end = (reclaimed+1)(274, 270, 274) */
		reached[0][270] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.c_end);
		now.c_end = (((int)now.reclaimed)+1);
#ifdef VAR_RANGES
		logval("c_end", ((int)now.c_end));
#endif
		;
		/* merge: .(goto)(0, 275, 274) */
		reached[0][275] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 28: // STATE 271 - log.pml:394 - [((c_end<published))] (274:0:1 - 1)
		IfNotBlocked
		reached[0][271] = 1;
		if (!((((int)now.c_end)<((int)now.published))))
			continue;
		/* merge: c_end = (c_end+1)(0, 272, 274) */
		reached[0][272] = 1;
		(trpt+1)->bup.oval = ((int)now.c_end);
		now.c_end = (((int)now.c_end)+1);
#ifdef VAR_RANGES
		logval("c_end", ((int)now.c_end));
#endif
		;
		/* merge: .(goto)(0, 275, 274) */
		reached[0][275] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 29: // STATE 277 - log.pml:397 - [c_at = 1] (0:0:1 - 1)
		IfNotBlocked
		reached[0][277] = 1;
		(trpt+1)->bup.oval = ((int)now.c_at);
		now.c_at = 1;
#ifdef VAR_RANGES
		logval("c_at", ((int)now.c_at));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 30: // STATE 282 - log.pml:399 - [D_STEP399]
		if (!(boq == -1 && (((((int)now.r_at)==0)&&(((int)now.c_at)==1))&&(((int)now.c_address)==((int)now.c_end)))))
			continue;

		reached[0][282] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_278_0: /* 2 */
		if (!((((((int)now.r_at)==0)&&(((int)now.c_at)==1))&&(((int)now.c_address)==((int)now.c_end)))))
			Uerror("block in d_step seq");
S_279_0: /* 2 */
		now.c_at = 4;
#ifdef VAR_RANGES
		logval("c_at", ((int)now.c_at));
#endif
		;
S_280_0: /* 2 */
		now.c_address = 0;
#ifdef VAR_RANGES
		logval("c_address", ((int)now.c_address));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 31: // STATE 311 - log.pml:400 - [D_STEP400]
		if (!(boq == -1 && (((((int)now.r_at)==0)&&(((int)now.c_at)==1))&&(((int)now.c_address)<((int)now.c_end)))))
			continue;

		reached[0][311] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_282_0: /* 2 */
		if (!((((((int)now.r_at)==0)&&(((int)now.c_at)==1))&&(((int)now.c_address)<((int)now.c_end)))))
			Uerror("block in d_step seq");
S_283_0: /* 2 */
		now.f = now.mem[ Index((((int)now.c_address)%5), 5) ];
#ifdef VAR_RANGES
		logval("f", now.f);
#endif
		;
S_307_0: /* 2 */
S_284_0: /* 2 */
		if (!((((now.f&7)!=3)&&((now.f&7)!=4))))
			goto S_307_1;
S_285_0: /* 2 */
		now.c_address = (((int)now.c_address)+1);
#ifdef VAR_RANGES
		logval("c_address", ((int)now.c_address));
#endif
		;
		goto S_308_0;
S_307_1: /* 3 */
S_286_0: /* 2 */
		if (!(((((now.f&7)==3)||((now.f&7)==4))&&(((int)now.state[ Index(((now.f>>7)&1), 2) ])==3))))
			goto S_307_2;
S_287_0: /* 2 */
		now.c_list = (((int)now.c_list)|(1<<((now.f>>7)&1)));
#ifdef VAR_RANGES
		logval("c_list", ((int)now.c_list));
#endif
		;
S_288_0: /* 2 */
		now.c_address = (((int)now.c_address)+1);
#ifdef VAR_RANGES
		logval("c_address", ((int)now.c_address));
#endif
		;
		goto S_308_0;
S_307_2: /* 3 */
S_289_0: /* 2 */
		if (!(((((now.f&7)==3)||((now.f&7)==4))&&(((((int)now.state[ Index(((now.f>>7)&1), 2) ])==0)||(((int)now.state[ Index(((now.f>>7)&1), 2) ])==4))||((((int)now.state[ Index(((now.f>>7)&1), 2) ])<=2)&&(((int)now.place[ Index(((now.f>>7)&1), 2) ])!=((int)now.c_address)))))))
			goto S_307_3;
S_290_0: /* 2 */
		now.c_leans = (((int)now.c_leans)||((((int)now.state[ Index(((now.f>>7)&1), 2) ])<3)&&(((int)now.c_address)<((int)now.durable))));
#ifdef VAR_RANGES
		logval("c_leans", ((int)now.c_leans));
#endif
		;
S_291_0: /* 2 */
		now.c_address = (((int)now.c_address)+1);
#ifdef VAR_RANGES
		logval("c_address", ((int)now.c_address));
#endif
		;
		goto S_308_0;
S_307_3: /* 3 */
S_292_0: /* 2 */
		/* else */;
S_293_0: /* 2 */
		now.c_leans = (((int)now.c_leans)||(((int)now.c_address)<((int)now.durable)));
#ifdef VAR_RANGES
		logval("c_leans", ((int)now.c_leans));
#endif
		;
S_305_0: /* 2 */
S_294_0: /* 2 */
		if (!(( !(((int)now.control))&&((((((int)now.reserved)+1)+1)<=(((int)now.reclaimed)+5))&&((((int)now.reserved)+1)<10)))))
			goto S_305_1;
S_295_0: /* 2 */
		now.control = 1;
#ifdef VAR_RANGES
		logval("control", ((int)now.control));
#endif
		;
S_300_0: /* 2 */
S_296_0: /* 2 */
		spin_assert((now.mem[ Index((((int)now.reserved)%5), 5) ]==0), "(mem[(reserved%5)]==0)", II, tt, t);
S_297_0: /* 2 */
		now.c_copy = ((int)now.reserved);
#ifdef VAR_RANGES
		logval("c_copy", ((int)now.c_copy));
#endif
		;
S_298_0: /* 2 */
		now.mem[ Index((now.reserved%5), 5) ] = 1;
#ifdef VAR_RANGES
		logval("mem[(reserved%5)]", now.mem[ Index((((int)now.reserved)%5), 5) ]);
#endif
		;
S_299_0: /* 2 */
		now.reserved = (((int)now.reserved)+1);
#ifdef VAR_RANGES
		logval("reserved", ((int)now.reserved));
#endif
		;
		goto S_301_0;
S_301_0: /* 2 */
		now.c_at = 2;
#ifdef VAR_RANGES
		logval("c_at", ((int)now.c_at));
#endif
		;
		goto S_306_0;
S_305_1: /* 3 */
S_302_0: /* 2 */
		if (!(( !(((int)now.control))&& !(((((((int)now.reserved)+1)+1)<=(((int)now.reclaimed)+5))&&((((int)now.reserved)+1)<10))))))
			goto S_305_2;
S_303_0: /* 2 */
		now.c_end = ((int)now.c_address);
#ifdef VAR_RANGES
		logval("c_end", ((int)now.c_end));
#endif
		;
		goto S_306_0;
S_305_2: /* 3 */
S_304_0: /* 2 */
		/* else */;
		goto S_306_0;
S_305_3: /* 3 */
		Uerror("blocking sel in d_step (nr.11, near line 414)");
S_306_0: /* 2 */
		goto S_308_0;
S_307_4: /* 3 */
		Uerror("blocking sel in d_step (nr.12, near line 402)");
S_308_0: /* 2 */
S_309_0: /* 2 */
		now.f = 0;
#ifdef VAR_RANGES
		logval("f", now.f);
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 32: // STATE 321 - log.pml:423 - [D_STEP423]
		if (!(boq == -1 && (((((int)now.r_at)==0)&&(((int)now.c_at)==1))&&(((int)now.c_end)==((int)now.reclaimed)))))
			continue;

		reached[0][321] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_311_0: /* 2 */
		if (!((((((int)now.r_at)==0)&&(((int)now.c_at)==1))&&(((int)now.c_end)==((int)now.reclaimed)))))
			Uerror("block in d_step seq");
S_312_0: /* 2 */
		now.checkpointing = 0;
#ifdef VAR_RANGES
		logval("checkpointing", ((int)now.checkpointing));
#endif
		;
S_313_0: /* 2 */
		now.c_at = 0;
#ifdef VAR_RANGES
		logval("c_at", ((int)now.c_at));
#endif
		;
S_314_0: /* 2 */
		now.c_end = 0;
#ifdef VAR_RANGES
		logval("c_end", ((int)now.c_end));
#endif
		;
S_315_0: /* 2 */
		now.c_address = 0;
#ifdef VAR_RANGES
		logval("c_address", ((int)now.c_address));
#endif
		;
S_316_0: /* 2 */
		now.c_list = 0;
#ifdef VAR_RANGES
		logval("c_list", ((int)now.c_list));
#endif
		;
S_317_0: /* 2 */
		now.c_leans = 0;
#ifdef VAR_RANGES
		logval("c_leans", ((int)now.c_leans));
#endif
		;
S_318_0: /* 2 */
		now.c_full = 0;
#ifdef VAR_RANGES
		logval("c_full", ((int)now.c_full));
#endif
		;
S_319_0: /* 2 */
		now.c_relied = 0;
#ifdef VAR_RANGES
		logval("c_relied", ((int)now.c_relied));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 33: // STATE 344 - log.pml:425 - [D_STEP425]
		if (!(boq == -1 && ((((int)now.r_at)==0)&&(((int)now.c_at)==2))))
			continue;

		reached[0][344] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_321_0: /* 2 */
		if (!(((((int)now.r_at)==0)&&(((int)now.c_at)==2))))
			Uerror("block in d_step seq");
S_322_0: /* 2 */
		now.f = now.mem[ Index((((int)now.c_address)%5), 5) ];
#ifdef VAR_RANGES
		logval("f", now.f);
#endif
		;
S_340_0: /* 2 */
S_323_0: /* 2 */
		if (!(((((int)now.state[ Index(((now.f>>7)&1), 2) ])<=2)&&(((int)now.place[ Index(((now.f>>7)&1), 2) ])==((int)now.c_address)))))
			goto S_340_1;
S_324_0: /* 2 */
		now.mem[ Index((now.c_copy%5), 5) ] = ((((1|(((now.f>>3)&15)<<3))|(((now.f>>7)&1)<<7))|(((int)now.c_copy)<<8))|(((int)now.inc)<<12));
#ifdef VAR_RANGES
		logval("mem[(c_copy%5)]", now.mem[ Index((((int)now.c_copy)%5), 5) ]);
#endif
		;
S_325_0: /* 2 */
		now.place[ Index(((now.f>>7)&1), 2) ] = ((int)now.c_copy);
#ifdef VAR_RANGES
		logval("place[((f>>7)&1)]", ((int)now.place[ Index(((now.f>>7)&1), 2) ]));
#endif
		;
S_326_0: /* 2 */
		now.c_at = 3;
#ifdef VAR_RANGES
		logval("c_at", ((int)now.c_at));
#endif
		;
		goto S_341_0;
S_340_1: /* 3 */
S_327_0: /* 2 */
		/* else */;
S_328_0: /* 2 */
		now.mem[ Index((now.c_copy%5), 5) ] = ((((2|(0<<3))|(0<<7))|(((int)now.c_copy)<<8))|(((int)now.inc)<<12));
#ifdef VAR_RANGES
		logval("mem[(c_copy%5)]", now.mem[ Index((((int)now.c_copy)%5), 5) ]);
#endif
		;
S_336_0: /* 2 */
S_334_0: /* 2 */
S_333_0: /* 2 */
S_329_0: /* 2 */
		if (!((((((int)now.published)<((int)now.reserved))&&(now.mem[ Index((((int)now.published)%5), 5) ]!=16384))&&((now.mem[ Index((((int)now.published)%5), 5) ]&7)>=2))))
			goto S_333_1;
S_330_0: /* 2 */
		now.published = (((int)now.published)+1);
#ifdef VAR_RANGES
		logval("published", ((int)now.published));
#endif
		;
		goto S_334_0; /* ';' */
S_333_1: /* 3 */
S_331_0: /* 2 */
		/* else */;
S_332_0: /* 2 */
		goto S_337_0;	/* 'goto' */
S_333_2: /* 3 */
		Uerror("blocking sel in d_step (nr.13, near line 106)");
S_335_0: /* 2 */
		goto S_337_0;	/* 'break' */
		goto S_337_0;
S_337_0: /* 2 */
		now.control = 0;
#ifdef VAR_RANGES
		logval("control", ((int)now.control));
#endif
		;
S_338_0: /* 2 */
		now.c_copy = 0;
#ifdef VAR_RANGES
		logval("c_copy", ((int)now.c_copy));
#endif
		;
S_339_0: /* 2 */
		now.c_at = 1;
#ifdef VAR_RANGES
		logval("c_at", ((int)now.c_at));
#endif
		;
		goto S_341_0;
S_340_2: /* 3 */
		Uerror("blocking sel in d_step (nr.14, near line 427)");
S_341_0: /* 2 */
S_342_0: /* 2 */
		now.f = 0;
#ifdef VAR_RANGES
		logval("f", now.f);
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 34: // STATE 361 - log.pml:434 - [D_STEP434]
		if (!(boq == -1 && ((((int)now.r_at)==0)&&(((int)now.c_at)==3))))
			continue;

		reached[0][361] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_344_0: /* 2 */
		if (!(((((int)now.r_at)==0)&&(((int)now.c_at)==3))))
			Uerror("block in d_step seq");
S_345_0: /* 2 */
		now.f = now.mem[ Index((((int)now.c_address)%5), 5) ];
#ifdef VAR_RANGES
		logval("f", now.f);
#endif
		;
S_346_0: /* 2 */
		now.mem[ Index((now.c_copy%5), 5) ] = (((((now.f&7)|(((now.f>>3)&15)<<3))|(((now.f>>7)&1)<<7))|(((int)now.c_copy)<<8))|(((int)now.inc)<<12));
#ifdef VAR_RANGES
		logval("mem[(c_copy%5)]", now.mem[ Index((((int)now.c_copy)%5), 5) ]);
#endif
		;
S_354_0: /* 2 */
S_352_0: /* 2 */
S_351_0: /* 2 */
S_347_0: /* 2 */
		if (!((((((int)now.published)<((int)now.reserved))&&(now.mem[ Index((((int)now.published)%5), 5) ]!=16384))&&((now.mem[ Index((((int)now.published)%5), 5) ]&7)>=2))))
			goto S_351_1;
S_348_0: /* 2 */
		now.published = (((int)now.published)+1);
#ifdef VAR_RANGES
		logval("published", ((int)now.published));
#endif
		;
		goto S_352_0; /* ';' */
S_351_1: /* 3 */
S_349_0: /* 2 */
		/* else */;
S_350_0: /* 2 */
		goto S_355_0;	/* 'goto' */
S_351_2: /* 3 */
		Uerror("blocking sel in d_step (nr.15, near line 106)");
S_353_0: /* 2 */
		goto S_355_0;	/* 'break' */
		goto S_355_0;
S_355_0: /* 2 */
		now.control = 0;
#ifdef VAR_RANGES
		logval("control", ((int)now.control));
#endif
		;
S_356_0: /* 2 */
		now.c_copy = 0;
#ifdef VAR_RANGES
		logval("c_copy", ((int)now.c_copy));
#endif
		;
S_357_0: /* 2 */
		now.c_address = (((int)now.c_address)+1);
#ifdef VAR_RANGES
		logval("c_address", ((int)now.c_address));
#endif
		;
S_358_0: /* 2 */
		now.c_at = 1;
#ifdef VAR_RANGES
		logval("c_at", ((int)now.c_at));
#endif
		;
S_359_0: /* 2 */
		now.f = 0;
#ifdef VAR_RANGES
		logval("f", now.f);
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 35: // STATE 365 - log.pml:438 - [D_STEP438]
		if (!(boq == -1 && ((((int)now.r_at)==0)&&(((int)now.c_at)==4))))
			continue;

		reached[0][365] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_361_0: /* 2 */
		if (!(((((int)now.r_at)==0)&&(((int)now.c_at)==4))))
			Uerror("block in d_step seq");
S_362_0: /* 2 */
		now.c_relied = ((int)now.reserved);
#ifdef VAR_RANGES
		logval("c_relied", ((int)now.c_relied));
#endif
		;
S_363_0: /* 2 */
		now.c_at = 5;
#ifdef VAR_RANGES
		logval("c_at", ((int)now.c_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 36: // STATE 368 - log.pml:443 - [D_STEP443]
		if (!(boq == -1 && ((((((int)now.r_at)==0)&&(((int)now.c_at)==5))&&(((int)now.published)>=((int)now.c_relied)))&& !(((int)now.c_full)))))
			continue;

		reached[0][368] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_365_0: /* 2 */
		if (!(((((((int)now.r_at)==0)&&(((int)now.c_at)==5))&&(((int)now.published)>=((int)now.c_relied)))&& !(((int)now.c_full)))))
			Uerror("block in d_step seq");
S_366_0: /* 2 */
		now.c_at = 6;
#ifdef VAR_RANGES
		logval("c_at", ((int)now.c_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 37: // STATE 371 - log.pml:455 - [D_STEP455]
		if (!(boq == -1 && ((((((int)now.r_at)==0)&&(((int)now.c_at)==5))&&(((int)now.published)>=((int)now.c_relied)))&&(((int)now.durable)>=((int)now.c_relied)))))
			continue;

		reached[0][371] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_368_0: /* 2 */
		if (!(((((((int)now.r_at)==0)&&(((int)now.c_at)==5))&&(((int)now.published)>=((int)now.c_relied)))&&(((int)now.durable)>=((int)now.c_relied)))))
			Uerror("block in d_step seq");
S_369_0: /* 2 */
		now.c_at = 6;
#ifdef VAR_RANGES
		logval("c_at", ((int)now.c_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 38: // STATE 386 - log.pml:458 - [D_STEP458]
		if (!(boq == -1 && ((((int)now.r_at)==0)&&(((int)now.c_at)==6))))
			continue;

		reached[0][386] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_371_0: /* 2 */
		if (!(((((int)now.r_at)==0)&&(((int)now.c_at)==6))))
			Uerror("block in d_step seq");
S_376_0: /* 2 */
S_372_0: /* 2 */
		if (!((((int)now.c_list)&1)))
			goto S_376_1;
S_373_0: /* 2 */
		spin_assert((((((int)now.state[0])==4)||(((int)now.tail_pc[0])==0))||(((int)now.tail_pc[0])==((now.mem[ Index((((int)now.place[0])%5), 5) ]>>3)&15))), "(((state[0]==4)||(tail_pc[0]==0))||(tail_pc[0]==((mem[(place[0]%5)]>>3)&15)))", II, tt, t);
S_374_0: /* 2 */
		now.tail_pc[0] = ( ((((int)now.state[0])==4)) ? (((int)now.tail_pc[0])) : (((now.mem[ Index((((int)now.place[0])%5), 5) ]>>3)&15)) );
#ifdef VAR_RANGES
		logval("tail_pc[0]", ((int)now.tail_pc[0]));
#endif
		;
		goto S_377_0;
S_376_1: /* 3 */
S_375_0: /* 2 */
		/* else */;
		goto S_377_0;
S_376_2: /* 3 */
		Uerror("blocking sel in d_step (nr.16, near line 459)");
S_377_0: /* 2 */
S_382_0: /* 2 */
S_378_0: /* 2 */
		if (!((((int)now.c_list)&2)))
			goto S_382_1;
S_379_0: /* 2 */
		spin_assert((((((int)now.state[1])==4)||(((int)now.tail_pc[1])==0))||(((int)now.tail_pc[1])==((now.mem[ Index((((int)now.place[1])%5), 5) ]>>3)&15))), "(((state[1]==4)||(tail_pc[1]==0))||(tail_pc[1]==((mem[(place[1]%5)]>>3)&15)))", II, tt, t);
S_380_0: /* 2 */
		now.tail_pc[1] = ( ((((int)now.state[1])==4)) ? (((int)now.tail_pc[1])) : (((now.mem[ Index((((int)now.place[1])%5), 5) ]>>3)&15)) );
#ifdef VAR_RANGES
		logval("tail_pc[1]", ((int)now.tail_pc[1]));
#endif
		;
		goto S_383_0;
S_382_1: /* 3 */
S_381_0: /* 2 */
		/* else */;
		goto S_383_0;
S_382_2: /* 3 */
		Uerror("blocking sel in d_step (nr.17, near line 464)");
S_383_0: /* 2 */
S_384_0: /* 2 */
		now.c_at = 7;
#ifdef VAR_RANGES
		logval("c_at", ((int)now.c_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 39: // STATE 397 - log.pml:470 - [D_STEP470]
		if (!(boq == -1 && ((((int)now.r_at)==0)&&(((int)now.c_at)==7))))
			continue;

		reached[0][397] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_386_0: /* 2 */
		if (!(((((int)now.r_at)==0)&&(((int)now.c_at)==7))))
			Uerror("block in d_step seq");
S_393_0: /* 2 */
S_387_0: /* 2 */
		if (!(((int)now.c_full)))
			goto S_393_1;
S_390_0: /* 2 */
S_388_0: /* 2 */
		now.tail_disk[0] = ((int)now.tail_pc[0]);
#ifdef VAR_RANGES
		logval("tail_disk[0]", ((int)now.tail_disk[0]));
#endif
		;
S_389_0: /* 2 */
		now.tail_disk[1] = ((int)now.tail_pc[1]);
#ifdef VAR_RANGES
		logval("tail_disk[1]", ((int)now.tail_disk[1]));
#endif
		;
		goto S_391_0;
S_391_0: /* 2 */
		now.tail_noted = (( ((((int)now.tail_pc[0])!=0)) ? (1) : (0) )+( ((((int)now.tail_pc[1])!=0)) ? (2) : (0) ));
#ifdef VAR_RANGES
		logval("tail_noted", ((int)now.tail_noted));
#endif
		;
		goto S_394_0;
S_393_1: /* 3 */
S_392_0: /* 2 */
		/* else */;
		goto S_394_0;
S_393_2: /* 3 */
		Uerror("blocking sel in d_step (nr.18, near line 471)");
S_394_0: /* 2 */
S_395_0: /* 2 */
		now.c_at = 8;
#ifdef VAR_RANGES
		logval("c_at", ((int)now.c_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 40: // STATE 414 - log.pml:479 - [D_STEP479]
		if (!(boq == -1 && ((((int)now.r_at)==0)&&(((int)now.c_at)==8))))
			continue;

		reached[0][414] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_397_0: /* 2 */
		if (!(((((int)now.r_at)==0)&&(((int)now.c_at)==8))))
			Uerror("block in d_step seq");
S_402_0: /* 2 */
S_398_0: /* 2 */
		if (!(((((int)now.c_list)&1)&&(((int)now.state[0])==3))))
			goto S_402_1;
S_399_0: /* 2 */
		now.state[0] = 4;
#ifdef VAR_RANGES
		logval("state[0]", ((int)now.state[0]));
#endif
		;
S_400_0: /* 2 */
		now.place[0] = 0;
#ifdef VAR_RANGES
		logval("place[0]", ((int)now.place[0]));
#endif
		;
		goto S_403_0;
S_402_1: /* 3 */
S_401_0: /* 2 */
		/* else */;
		goto S_403_0;
S_402_2: /* 3 */
		Uerror("blocking sel in d_step (nr.19, near line 480)");
S_403_0: /* 2 */
S_408_0: /* 2 */
S_404_0: /* 2 */
		if (!(((((int)now.c_list)&2)&&(((int)now.state[1])==3))))
			goto S_408_1;
S_405_0: /* 2 */
		now.state[1] = 4;
#ifdef VAR_RANGES
		logval("state[1]", ((int)now.state[1]));
#endif
		;
S_406_0: /* 2 */
		now.place[1] = 0;
#ifdef VAR_RANGES
		logval("place[1]", ((int)now.place[1]));
#endif
		;
		goto S_409_0;
S_408_1: /* 3 */
S_407_0: /* 2 */
		/* else */;
		goto S_409_0;
S_408_2: /* 3 */
		Uerror("blocking sel in d_step (nr.20, near line 484)");
S_409_0: /* 2 */
S_410_0: /* 2 */
		now.c_list = 0;
#ifdef VAR_RANGES
		logval("c_list", ((int)now.c_list));
#endif
		;
S_411_0: /* 2 */
		now.begin_inc = ((now.mem[ Index(((((int)now.c_end)-1)%5), 5) ]>>12)&3);
#ifdef VAR_RANGES
		logval("begin_inc", ((int)now.begin_inc));
#endif
		;
S_412_0: /* 2 */
		now.c_at = 9;
#ifdef VAR_RANGES
		logval("c_at", ((int)now.c_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 41: // STATE 424 - log.pml:502 - [D_STEP502]
		if (!(boq == -1 && (((((int)now.r_at)==0)&&(((int)now.c_at)==9))&& !(((int)now.control)))))
			continue;

		reached[0][424] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_414_0: /* 2 */
		if (!((((((int)now.r_at)==0)&&(((int)now.c_at)==9))&& !(((int)now.control)))))
			Uerror("block in d_step seq");
S_421_0: /* 2 */
S_415_0: /* 2 */
		now.super_pc.begin = ((int)now.c_end);
#ifdef VAR_RANGES
		logval("super_pc.begin", ((int)now.super_pc.begin));
#endif
		;
S_416_0: /* 2 */
		now.super_pc.begin_inc = ((int)now.begin_inc);
#ifdef VAR_RANGES
		logval("super_pc.begin_inc", ((int)now.super_pc.begin_inc));
#endif
		;
S_417_0: /* 2 */
		now.super_pc.inc = ((int)now.inc);
#ifdef VAR_RANGES
		logval("super_pc.inc", ((int)now.super_pc.inc));
#endif
		;
S_418_0: /* 2 */
		now.super_pc.durable = ((int)now.durable);
#ifdef VAR_RANGES
		logval("super_pc.durable", ((int)now.super_pc.durable));
#endif
		;
S_419_0: /* 2 */
		now.super_pc.tail = ((int)now.tail_noted);
#ifdef VAR_RANGES
		logval("super_pc.tail", ((int)now.super_pc.tail));
#endif
		;
S_420_0: /* 2 */
		now.super_pc.promised = ((int)now.promised);
#ifdef VAR_RANGES
		logval("super_pc.promised", ((int)now.super_pc.promised));
#endif
		;
		goto S_422_0;
S_422_0: /* 2 */
		now.c_at = 10;
#ifdef VAR_RANGES
		logval("c_at", ((int)now.c_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 42: // STATE 439 - log.pml:504 - [D_STEP504]
		if (!(boq == -1 && ((((int)now.r_at)==0)&&(((int)now.c_at)==10))))
			continue;

		reached[0][439] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_424_0: /* 2 */
		if (!(((((int)now.r_at)==0)&&(((int)now.c_at)==10))))
			Uerror("block in d_step seq");
S_435_0: /* 2 */
S_425_0: /* 2 */
		if (!(((int)now.c_full)))
			goto S_435_1;
S_433_0: /* 2 */
S_426_0: /* 2 */
		now.super_disk.begin = ((int)now.super_pc.begin);
#ifdef VAR_RANGES
		logval("super_disk.begin", ((int)now.super_disk.begin));
#endif
		;
S_427_0: /* 2 */
		now.super_disk.begin_inc = ((int)now.super_pc.begin_inc);
#ifdef VAR_RANGES
		logval("super_disk.begin_inc", ((int)now.super_disk.begin_inc));
#endif
		;
S_428_0: /* 2 */
		now.super_disk.inc = ((int)now.super_pc.inc);
#ifdef VAR_RANGES
		logval("super_disk.inc", ((int)now.super_disk.inc));
#endif
		;
S_429_0: /* 2 */
		now.super_disk.promised = ((int)now.super_pc.promised);
#ifdef VAR_RANGES
		logval("super_disk.promised", ((int)now.super_disk.promised));
#endif
		;
S_430_0: /* 2 */
		now.super_disk.durable = ((int)now.super_pc.durable);
#ifdef VAR_RANGES
		logval("super_disk.durable", ((int)now.super_disk.durable));
#endif
		;
S_431_0: /* 2 */
		now.super_disk.tail = ((int)now.super_pc.tail);
#ifdef VAR_RANGES
		logval("super_disk.tail", ((int)now.super_disk.tail));
#endif
		;
S_432_0: /* 2 */
		now.super_disk.shared = ((int)now.super_pc.shared);
#ifdef VAR_RANGES
		logval("super_disk.shared", ((int)now.super_disk.shared));
#endif
		;
		goto S_436_0;
S_435_1: /* 3 */
S_434_0: /* 2 */
		/* else */;
		goto S_436_0;
S_435_2: /* 3 */
		Uerror("blocking sel in d_step (nr.21, near line 505)");
S_436_0: /* 2 */
S_437_0: /* 2 */
		now.c_at = 11;
#ifdef VAR_RANGES
		logval("c_at", ((int)now.c_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 43: // STATE 458 - log.pml:514 - [D_STEP514]
		if (!(boq == -1 && ((((int)now.r_at)==0)&&(((int)now.c_at)==11))))
			continue;

		reached[0][458] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_439_0: /* 2 */
		if (!(((((int)now.r_at)==0)&&(((int)now.c_at)==11))))
			Uerror("block in d_step seq");
S_440_0: /* 2 */
		now.c_address = ((int)now.reclaimed);
#ifdef VAR_RANGES
		logval("c_address", ((int)now.c_address));
#endif
		;
S_447_0: /* 2 */
S_446_0: /* 2 */
S_441_0: /* 2 */
		if (!((((int)now.c_address)<((int)now.c_end))))
			goto S_446_1;
S_442_0: /* 2 */
		now.mem[ Index((now.c_address%5), 5) ] = 0;
#ifdef VAR_RANGES
		logval("mem[(c_address%5)]", now.mem[ Index((((int)now.c_address)%5), 5) ]);
#endif
		;
S_443_0: /* 2 */
		now.c_address = (((int)now.c_address)+1);
#ifdef VAR_RANGES
		logval("c_address", ((int)now.c_address));
#endif
		;
		goto S_447_0; /* ';' */
S_446_1: /* 3 */
S_444_0: /* 2 */
		/* else */;
S_445_0: /* 2 */
		goto S_449_0;	/* 'goto' */
S_446_2: /* 3 */
		Uerror("blocking sel in d_step (nr.22, near line 516)");
S_448_0: /* 2 */
		goto S_449_0;	/* 'break' */
S_449_0: /* 2 */
		now.c_address = 0;
#ifdef VAR_RANGES
		logval("c_address", ((int)now.c_address));
#endif
		;
S_450_0: /* 2 */
		now.reclaimed = ((int)now.c_end);
#ifdef VAR_RANGES
		logval("reclaimed", ((int)now.reclaimed));
#endif
		;
S_451_0: /* 2 */
		now.checkpointing = 0;
#ifdef VAR_RANGES
		logval("checkpointing", ((int)now.checkpointing));
#endif
		;
S_452_0: /* 2 */
		now.c_at = 0;
#ifdef VAR_RANGES
		logval("c_at", ((int)now.c_at));
#endif
		;
S_453_0: /* 2 */
		now.c_end = 0;
#ifdef VAR_RANGES
		logval("c_end", ((int)now.c_end));
#endif
		;
S_454_0: /* 2 */
		now.c_leans = 0;
#ifdef VAR_RANGES
		logval("c_leans", ((int)now.c_leans));
#endif
		;
S_455_0: /* 2 */
		now.c_full = 0;
#ifdef VAR_RANGES
		logval("c_full", ((int)now.c_full));
#endif
		;
S_456_0: /* 2 */
		now.c_relied = 0;
#ifdef VAR_RANGES
		logval("c_relied", ((int)now.c_relied));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 44: // STATE 459 - log.pml:523 - [(((crashes<2)&&!((r_at==1))))] (540:0:35 - 1)
		IfNotBlocked
		reached[0][459] = 1;
		if (!(((((int)now.crashes)<2)&& !((((int)now.r_at)==1)))))
			continue;
		/* merge: crashes = (crashes+1)(540, 460, 540) */
		reached[0][460] = 1;
		(trpt+1)->bup.ovals = grab_ints(35);
		(trpt+1)->bup.ovals[0] = ((int)now.crashes);
		now.crashes = (((int)now.crashes)+1);
#ifdef VAR_RANGES
		logval("crashes", ((int)now.crashes));
#endif
		;
		/* merge: w_at[0] = 0(540, 461, 540) */
		reached[0][461] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.w_at[0]);
		now.w_at[0] = 0;
#ifdef VAR_RANGES
		logval("w_at[0]", ((int)now.w_at[0]));
#endif
		;
		/* merge: w_address[0] = 0(540, 462, 540) */
		reached[0][462] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.w_address[0]);
		now.w_address[0] = 0;
#ifdef VAR_RANGES
		logval("w_address[0]", ((int)now.w_address[0]));
#endif
		;
		/* merge: w_slot[0] = 0(540, 463, 540) */
		reached[0][463] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.w_slot[0]);
		now.w_slot[0] = 0;
#ifdef VAR_RANGES
		logval("w_slot[0]", ((int)now.w_slot[0]));
#endif
		;
		/* merge: w_ballot[0] = 0(540, 464, 540) */
		reached[0][464] = 1;
		(trpt+1)->bup.ovals[4] = ((int)now.w_ballot[0]);
		now.w_ballot[0] = 0;
#ifdef VAR_RANGES
		logval("w_ballot[0]", ((int)now.w_ballot[0]));
#endif
		;
		/* merge: w_won[0] = 0(540, 465, 540) */
		reached[0][465] = 1;
		(trpt+1)->bup.ovals[5] = ((int)now.w_won[0]);
		now.w_won[0] = 0;
#ifdef VAR_RANGES
		logval("w_won[0]", ((int)now.w_won[0]));
#endif
		;
		/* merge: w_at[1] = 0(540, 466, 540) */
		reached[0][466] = 1;
		(trpt+1)->bup.ovals[6] = ((int)now.w_at[1]);
		now.w_at[1] = 0;
#ifdef VAR_RANGES
		logval("w_at[1]", ((int)now.w_at[1]));
#endif
		;
		/* merge: w_address[1] = 0(540, 467, 540) */
		reached[0][467] = 1;
		(trpt+1)->bup.ovals[7] = ((int)now.w_address[1]);
		now.w_address[1] = 0;
#ifdef VAR_RANGES
		logval("w_address[1]", ((int)now.w_address[1]));
#endif
		;
		/* merge: w_slot[1] = 0(540, 468, 540) */
		reached[0][468] = 1;
		(trpt+1)->bup.ovals[8] = ((int)now.w_slot[1]);
		now.w_slot[1] = 0;
#ifdef VAR_RANGES
		logval("w_slot[1]", ((int)now.w_slot[1]));
#endif
		;
		/* merge: w_ballot[1] = 0(540, 469, 540) */
		reached[0][469] = 1;
		(trpt+1)->bup.ovals[9] = ((int)now.w_ballot[1]);
		now.w_ballot[1] = 0;
#ifdef VAR_RANGES
		logval("w_ballot[1]", ((int)now.w_ballot[1]));
#endif
		;
		/* merge: w_won[1] = 0(540, 470, 540) */
		reached[0][470] = 1;
		(trpt+1)->bup.ovals[10] = ((int)now.w_won[1]);
		now.w_won[1] = 0;
#ifdef VAR_RANGES
		logval("w_won[1]", ((int)now.w_won[1]));
#endif
		;
		/* merge: m_at = 0(540, 471, 540) */
		reached[0][471] = 1;
		(trpt+1)->bup.ovals[11] = ((int)now.m_at);
		now.m_at = 0;
#ifdef VAR_RANGES
		logval("m_at", ((int)now.m_at));
#endif
		;
		/* merge: m_address = 0(540, 472, 540) */
		reached[0][472] = 1;
		(trpt+1)->bup.ovals[12] = ((int)now.m_address);
		now.m_address = 0;
#ifdef VAR_RANGES
		logval("m_address", ((int)now.m_address));
#endif
		;
		/* merge: m_slot = 0(540, 473, 540) */
		reached[0][473] = 1;
		(trpt+1)->bup.ovals[13] = ((int)now.m_slot);
		now.m_slot = 0;
#ifdef VAR_RANGES
		logval("m_slot", ((int)now.m_slot));
#endif
		;
		/* merge: m_relies = 0(540, 474, 540) */
		reached[0][474] = 1;
		(trpt+1)->bup.ovals[14] = ((int)now.m_relies);
		now.m_relies = 0;
#ifdef VAR_RANGES
		logval("m_relies", ((int)now.m_relies));
#endif
		;
		/* merge: p_at = 0(540, 475, 540) */
		reached[0][475] = 1;
		(trpt+1)->bup.ovals[15] = ((int)now.p_at);
		now.p_at = 0;
#ifdef VAR_RANGES
		logval("p_at", ((int)now.p_at));
#endif
		;
		/* merge: p_address = 0(540, 476, 540) */
		reached[0][476] = 1;
		(trpt+1)->bup.ovals[16] = ((int)now.p_address);
		now.p_address = 0;
#ifdef VAR_RANGES
		logval("p_address", ((int)now.p_address));
#endif
		;
		/* merge: p_ballot = 0(540, 477, 540) */
		reached[0][477] = 1;
		(trpt+1)->bup.ovals[17] = ((int)now.p_ballot);
		now.p_ballot = 0;
#ifdef VAR_RANGES
		logval("p_ballot", ((int)now.p_ballot));
#endif
		;
		/* merge: control = 0(540, 478, 540) */
		reached[0][478] = 1;
		(trpt+1)->bup.ovals[18] = ((int)now.control);
		now.control = 0;
#ifdef VAR_RANGES
		logval("control", ((int)now.control));
#endif
		;
		/* merge: l_at = 0(540, 479, 540) */
		reached[0][479] = 1;
		(trpt+1)->bup.ovals[19] = ((int)now.l_at);
		now.l_at = 0;
#ifdef VAR_RANGES
		logval("l_at", ((int)now.l_at));
#endif
		;
		/* merge: l_target = 0(540, 480, 540) */
		reached[0][480] = 1;
		(trpt+1)->bup.ovals[20] = ((int)now.l_target);
		now.l_target = 0;
#ifdef VAR_RANGES
		logval("l_target", ((int)now.l_target));
#endif
		;
		/* merge: c_at = 0(540, 481, 540) */
		reached[0][481] = 1;
		(trpt+1)->bup.ovals[21] = ((int)now.c_at);
		now.c_at = 0;
#ifdef VAR_RANGES
		logval("c_at", ((int)now.c_at));
#endif
		;
		/* merge: c_end = 0(540, 482, 540) */
		reached[0][482] = 1;
		(trpt+1)->bup.ovals[22] = ((int)now.c_end);
		now.c_end = 0;
#ifdef VAR_RANGES
		logval("c_end", ((int)now.c_end));
#endif
		;
		/* merge: c_address = 0(540, 483, 540) */
		reached[0][483] = 1;
		(trpt+1)->bup.ovals[23] = ((int)now.c_address);
		now.c_address = 0;
#ifdef VAR_RANGES
		logval("c_address", ((int)now.c_address));
#endif
		;
		/* merge: c_copy = 0(540, 484, 540) */
		reached[0][484] = 1;
		(trpt+1)->bup.ovals[24] = ((int)now.c_copy);
		now.c_copy = 0;
#ifdef VAR_RANGES
		logval("c_copy", ((int)now.c_copy));
#endif
		;
		/* merge: c_list = 0(540, 485, 540) */
		reached[0][485] = 1;
		(trpt+1)->bup.ovals[25] = ((int)now.c_list);
		now.c_list = 0;
#ifdef VAR_RANGES
		logval("c_list", ((int)now.c_list));
#endif
		;
		/* merge: c_relied = 0(540, 486, 540) */
		reached[0][486] = 1;
		(trpt+1)->bup.ovals[26] = ((int)now.c_relied);
		now.c_relied = 0;
#ifdef VAR_RANGES
		logval("c_relied", ((int)now.c_relied));
#endif
		;
		/* merge: c_full = 0(540, 487, 540) */
		reached[0][487] = 1;
		(trpt+1)->bup.ovals[27] = ((int)now.c_full);
		now.c_full = 0;
#ifdef VAR_RANGES
		logval("c_full", ((int)now.c_full));
#endif
		;
		/* merge: c_leans = 0(540, 488, 540) */
		reached[0][488] = 1;
		(trpt+1)->bup.ovals[28] = ((int)now.c_leans);
		now.c_leans = 0;
#ifdef VAR_RANGES
		logval("c_leans", ((int)now.c_leans));
#endif
		;
		/* merge: checkpointing = 0(540, 489, 540) */
		reached[0][489] = 1;
		(trpt+1)->bup.ovals[29] = ((int)now.checkpointing);
		now.checkpointing = 0;
#ifdef VAR_RANGES
		logval("checkpointing", ((int)now.checkpointing));
#endif
		;
		/* merge: snapshot.vote[0] = 0(540, 490, 540) */
		reached[0][490] = 1;
		(trpt+1)->bup.ovals[30] = ((int)now.snapshot.vote[0]);
		now.snapshot.vote[0] = 0;
#ifdef VAR_RANGES
		logval("snapshot.vote[0]", ((int)now.snapshot.vote[0]));
#endif
		;
		/* merge: snapshot.vote[1] = 0(540, 491, 540) */
		reached[0][491] = 1;
		(trpt+1)->bup.ovals[31] = ((int)now.snapshot.vote[1]);
		now.snapshot.vote[1] = 0;
#ifdef VAR_RANGES
		logval("snapshot.vote[1]", ((int)now.snapshot.vote[1]));
#endif
		;
		/* merge: snapshot.chosen[0] = 0(540, 492, 540) */
		reached[0][492] = 1;
		(trpt+1)->bup.ovals[32] = ((int)now.snapshot.chosen[0]);
		now.snapshot.chosen[0] = 0;
#ifdef VAR_RANGES
		logval("snapshot.chosen[0]", ((int)now.snapshot.chosen[0]));
#endif
		;
		/* merge: snapshot.chosen[1] = 0(540, 493, 540) */
		reached[0][493] = 1;
		(trpt+1)->bup.ovals[33] = ((int)now.snapshot.chosen[1]);
		now.snapshot.chosen[1] = 0;
#ifdef VAR_RANGES
		logval("snapshot.chosen[1]", ((int)now.snapshot.chosen[1]));
#endif
		;
		/* merge: snapshot.promise = 0(540, 494, 540) */
		reached[0][494] = 1;
		(trpt+1)->bup.ovals[34] = ((int)now.snapshot.promise);
		now.snapshot.promise = 0;
#ifdef VAR_RANGES
		logval("snapshot.promise", ((int)now.snapshot.promise));
#endif
		;
		_m = 3; goto P999; /* 35 */
	case 45: // STATE 495 - log.pml:533 - [power = 0] (0:810:2 - 1)
		IfNotBlocked
		reached[0][495] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.power);
		now.power = 0;
#ifdef VAR_RANGES
		logval("power", ((int)now.power));
#endif
		;
		/* merge: .(goto)(810, 541, 810) */
		reached[0][541] = 1;
		;
		/* merge: r_at = 1(810, 542, 810) */
		reached[0][542] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.r_at);
		now.r_at = 1;
#ifdef VAR_RANGES
		logval("r_at", ((int)now.r_at));
#endif
		;
		/* merge: .(goto)(0, 811, 810) */
		reached[0][811] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 46: // STATE 541 - log.pml:563 - [.(goto)] (0:810:1 - 4)
		IfNotBlocked
		reached[0][541] = 1;
		;
		/* merge: r_at = 1(810, 542, 810) */
		reached[0][542] = 1;
		(trpt+1)->bup.oval = ((int)now.r_at);
		now.r_at = 1;
#ifdef VAR_RANGES
		logval("r_at", ((int)now.r_at));
#endif
		;
		/* merge: .(goto)(0, 811, 810) */
		reached[0][811] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 47: // STATE 496 - log.pml:534 - [power = 1] (0:510:2 - 1)
		IfNotBlocked
		reached[0][496] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.power);
		now.power = 1;
#ifdef VAR_RANGES
		logval("power", ((int)now.power));
#endif
		;
		/* merge: x = 0(510, 497, 510) */
		reached[0][497] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.x);
		now.x = 0;
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
		/* merge: .(goto)(0, 511, 510) */
		reached[0][511] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 48: // STATE 498 - log.pml:537 - [(((x<5)&&(pc[x]!=disk[x])))] (0:0:0 - 1)
		IfNotBlocked
		reached[0][498] = 1;
		if (!(((((int)now.x)<5)&&(now.pc[ Index(((int)now.x), 5) ]!=now.disk[ Index(((int)now.x), 5) ]))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 49: // STATE 499 - log.pml:539 - [pc[x] = disk[x]] (0:510:2 - 1)
		IfNotBlocked
		reached[0][499] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = now.pc[ Index(((int)now.x), 5) ];
		now.pc[ Index(now.x, 5) ] = now.disk[ Index(((int)now.x), 5) ];
#ifdef VAR_RANGES
		logval("pc[x]", now.pc[ Index(((int)now.x), 5) ]);
#endif
		;
		/* merge: .(goto)(510, 504, 510) */
		reached[0][504] = 1;
		;
		/* merge: x = (x+1)(510, 505, 510) */
		reached[0][505] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.x);
		now.x = (((int)now.x)+1);
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
		/* merge: .(goto)(0, 511, 510) */
		reached[0][511] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 50: // STATE 500 - log.pml:540 - [disk[x] = pc[x]] (0:510:2 - 1)
		IfNotBlocked
		reached[0][500] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = now.disk[ Index(((int)now.x), 5) ];
		now.disk[ Index(now.x, 5) ] = now.pc[ Index(((int)now.x), 5) ];
#ifdef VAR_RANGES
		logval("disk[x]", now.disk[ Index(((int)now.x), 5) ]);
#endif
		;
		/* merge: .(goto)(510, 504, 510) */
		reached[0][504] = 1;
		;
		/* merge: x = (x+1)(510, 505, 510) */
		reached[0][505] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.x);
		now.x = (((int)now.x)+1);
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
		/* merge: .(goto)(0, 511, 510) */
		reached[0][511] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 51: // STATE 501 - log.pml:542 - [pc[x] = 16384] (0:510:3 - 1)
		IfNotBlocked
		reached[0][501] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = now.pc[ Index(((int)now.x), 5) ];
		now.pc[ Index(now.x, 5) ] = 16384;
#ifdef VAR_RANGES
		logval("pc[x]", now.pc[ Index(((int)now.x), 5) ]);
#endif
		;
		/* merge: disk[x] = 16384(510, 502, 510) */
		reached[0][502] = 1;
		(trpt+1)->bup.ovals[1] = now.disk[ Index(((int)now.x), 5) ];
		now.disk[ Index(now.x, 5) ] = 16384;
#ifdef VAR_RANGES
		logval("disk[x]", now.disk[ Index(((int)now.x), 5) ]);
#endif
		;
		/* merge: .(goto)(510, 504, 510) */
		reached[0][504] = 1;
		;
		/* merge: x = (x+1)(510, 505, 510) */
		reached[0][505] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.x);
		now.x = (((int)now.x)+1);
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
		/* merge: .(goto)(0, 511, 510) */
		reached[0][511] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 52: // STATE 505 - log.pml:545 - [x = (x+1)] (0:510:1 - 4)
		IfNotBlocked
		reached[0][505] = 1;
		(trpt+1)->bup.oval = ((int)now.x);
		now.x = (((int)now.x)+1);
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
		/* merge: .(goto)(0, 511, 510) */
		reached[0][511] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 53: // STATE 506 - log.pml:546 - [(((x<5)&&(pc[x]==disk[x])))] (510:0:1 - 1)
		IfNotBlocked
		reached[0][506] = 1;
		if (!(((((int)now.x)<5)&&(now.pc[ Index(((int)now.x), 5) ]==now.disk[ Index(((int)now.x), 5) ]))))
			continue;
		/* merge: x = (x+1)(0, 507, 510) */
		reached[0][507] = 1;
		(trpt+1)->bup.oval = ((int)now.x);
		now.x = (((int)now.x)+1);
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
		/* merge: .(goto)(0, 511, 510) */
		reached[0][511] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 54: // STATE 508 - log.pml:547 - [((x==5))] (516:0:1 - 1)
		IfNotBlocked
		reached[0][508] = 1;
		if (!((((int)now.x)==5)))
			continue;
		/* merge: goto :b12(516, 509, 516) */
		reached[0][509] = 1;
		;
		/* merge: x = 0(516, 513, 516) */
		reached[0][513] = 1;
		(trpt+1)->bup.oval = ((int)now.x);
		now.x = 0;
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
		_m = 3; goto P999; /* 2 */
	case 55: // STATE 513 - log.pml:549 - [x = 0] (0:516:1 - 3)
		IfNotBlocked
		reached[0][513] = 1;
		(trpt+1)->bup.oval = ((int)now.x);
		now.x = 0;
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 56: // STATE 514 - log.pml:551 - [tail_pc[0] = tail_disk[0]] (0:0:1 - 1)
		IfNotBlocked
		reached[0][514] = 1;
		(trpt+1)->bup.oval = ((int)now.tail_pc[0]);
		now.tail_pc[0] = ((int)now.tail_disk[0]);
#ifdef VAR_RANGES
		logval("tail_pc[0]", ((int)now.tail_pc[0]));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 57: // STATE 515 - log.pml:552 - [tail_disk[0] = tail_pc[0]] (0:0:1 - 1)
		IfNotBlocked
		reached[0][515] = 1;
		(trpt+1)->bup.oval = ((int)now.tail_disk[0]);
		now.tail_disk[0] = ((int)now.tail_pc[0]);
#ifdef VAR_RANGES
		logval("tail_disk[0]", ((int)now.tail_disk[0]));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 58: // STATE 518 - log.pml:555 - [tail_pc[1] = tail_disk[1]] (0:0:1 - 1)
		IfNotBlocked
		reached[0][518] = 1;
		(trpt+1)->bup.oval = ((int)now.tail_pc[1]);
		now.tail_pc[1] = ((int)now.tail_disk[1]);
#ifdef VAR_RANGES
		logval("tail_pc[1]", ((int)now.tail_pc[1]));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 59: // STATE 519 - log.pml:556 - [tail_disk[1] = tail_pc[1]] (0:0:1 - 1)
		IfNotBlocked
		reached[0][519] = 1;
		(trpt+1)->bup.oval = ((int)now.tail_disk[1]);
		now.tail_disk[1] = ((int)now.tail_pc[1]);
#ifdef VAR_RANGES
		logval("tail_disk[1]", ((int)now.tail_disk[1]));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 60: // STATE 522 - log.pml:121 - [super_pc.begin = super_disk.begin] (0:810:8 - 1)
		IfNotBlocked
		reached[0][522] = 1;
		(trpt+1)->bup.ovals = grab_ints(8);
		(trpt+1)->bup.ovals[0] = ((int)now.super_pc.begin);
		now.super_pc.begin = ((int)now.super_disk.begin);
#ifdef VAR_RANGES
		logval("super_pc.begin", ((int)now.super_pc.begin));
#endif
		;
		/* merge: super_pc.begin_inc = super_disk.begin_inc(810, 523, 810) */
		reached[0][523] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.super_pc.begin_inc);
		now.super_pc.begin_inc = ((int)now.super_disk.begin_inc);
#ifdef VAR_RANGES
		logval("super_pc.begin_inc", ((int)now.super_pc.begin_inc));
#endif
		;
		/* merge: super_pc.inc = super_disk.inc(810, 524, 810) */
		reached[0][524] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.super_pc.inc);
		now.super_pc.inc = ((int)now.super_disk.inc);
#ifdef VAR_RANGES
		logval("super_pc.inc", ((int)now.super_pc.inc));
#endif
		;
		/* merge: super_pc.promised = super_disk.promised(810, 525, 810) */
		reached[0][525] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.super_pc.promised);
		now.super_pc.promised = ((int)now.super_disk.promised);
#ifdef VAR_RANGES
		logval("super_pc.promised", ((int)now.super_pc.promised));
#endif
		;
		/* merge: super_pc.durable = super_disk.durable(810, 526, 810) */
		reached[0][526] = 1;
		(trpt+1)->bup.ovals[4] = ((int)now.super_pc.durable);
		now.super_pc.durable = ((int)now.super_disk.durable);
#ifdef VAR_RANGES
		logval("super_pc.durable", ((int)now.super_pc.durable));
#endif
		;
		/* merge: super_pc.tail = super_disk.tail(810, 527, 810) */
		reached[0][527] = 1;
		(trpt+1)->bup.ovals[5] = ((int)now.super_pc.tail);
		now.super_pc.tail = ((int)now.super_disk.tail);
#ifdef VAR_RANGES
		logval("super_pc.tail", ((int)now.super_pc.tail));
#endif
		;
		/* merge: super_pc.shared = super_disk.shared(810, 528, 810) */
		reached[0][528] = 1;
		(trpt+1)->bup.ovals[6] = ((int)now.super_pc.shared);
		now.super_pc.shared = ((int)now.super_disk.shared);
#ifdef VAR_RANGES
		logval("super_pc.shared", ((int)now.super_pc.shared));
#endif
		;
		/* merge: .(goto)(810, 539, 810) */
		reached[0][539] = 1;
		;
		/* merge: .(goto)(810, 541, 810) */
		reached[0][541] = 1;
		;
		/* merge: r_at = 1(810, 542, 810) */
		reached[0][542] = 1;
		(trpt+1)->bup.ovals[7] = ((int)now.r_at);
		now.r_at = 1;
#ifdef VAR_RANGES
		logval("r_at", ((int)now.r_at));
#endif
		;
		/* merge: .(goto)(0, 811, 810) */
		reached[0][811] = 1;
		;
		_m = 3; goto P999; /* 10 */
	case 61: // STATE 530 - log.pml:121 - [super_disk.begin = super_pc.begin] (0:810:8 - 1)
		IfNotBlocked
		reached[0][530] = 1;
		(trpt+1)->bup.ovals = grab_ints(8);
		(trpt+1)->bup.ovals[0] = ((int)now.super_disk.begin);
		now.super_disk.begin = ((int)now.super_pc.begin);
#ifdef VAR_RANGES
		logval("super_disk.begin", ((int)now.super_disk.begin));
#endif
		;
		/* merge: super_disk.begin_inc = super_pc.begin_inc(810, 531, 810) */
		reached[0][531] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.super_disk.begin_inc);
		now.super_disk.begin_inc = ((int)now.super_pc.begin_inc);
#ifdef VAR_RANGES
		logval("super_disk.begin_inc", ((int)now.super_disk.begin_inc));
#endif
		;
		/* merge: super_disk.inc = super_pc.inc(810, 532, 810) */
		reached[0][532] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.super_disk.inc);
		now.super_disk.inc = ((int)now.super_pc.inc);
#ifdef VAR_RANGES
		logval("super_disk.inc", ((int)now.super_disk.inc));
#endif
		;
		/* merge: super_disk.promised = super_pc.promised(810, 533, 810) */
		reached[0][533] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.super_disk.promised);
		now.super_disk.promised = ((int)now.super_pc.promised);
#ifdef VAR_RANGES
		logval("super_disk.promised", ((int)now.super_disk.promised));
#endif
		;
		/* merge: super_disk.durable = super_pc.durable(810, 534, 810) */
		reached[0][534] = 1;
		(trpt+1)->bup.ovals[4] = ((int)now.super_disk.durable);
		now.super_disk.durable = ((int)now.super_pc.durable);
#ifdef VAR_RANGES
		logval("super_disk.durable", ((int)now.super_disk.durable));
#endif
		;
		/* merge: super_disk.tail = super_pc.tail(810, 535, 810) */
		reached[0][535] = 1;
		(trpt+1)->bup.ovals[5] = ((int)now.super_disk.tail);
		now.super_disk.tail = ((int)now.super_pc.tail);
#ifdef VAR_RANGES
		logval("super_disk.tail", ((int)now.super_disk.tail));
#endif
		;
		/* merge: super_disk.shared = super_pc.shared(810, 536, 810) */
		reached[0][536] = 1;
		(trpt+1)->bup.ovals[6] = ((int)now.super_disk.shared);
		now.super_disk.shared = ((int)now.super_pc.shared);
#ifdef VAR_RANGES
		logval("super_disk.shared", ((int)now.super_disk.shared));
#endif
		;
		/* merge: .(goto)(810, 539, 810) */
		reached[0][539] = 1;
		;
		/* merge: .(goto)(810, 541, 810) */
		reached[0][541] = 1;
		;
		/* merge: r_at = 1(810, 542, 810) */
		reached[0][542] = 1;
		(trpt+1)->bup.ovals[7] = ((int)now.r_at);
		now.r_at = 1;
#ifdef VAR_RANGES
		logval("r_at", ((int)now.r_at));
#endif
		;
		/* merge: .(goto)(0, 811, 810) */
		reached[0][811] = 1;
		;
		_m = 3; goto P999; /* 10 */
	case 62: // STATE 688 - log.pml:565 - [D_STEP565]
		if (!(boq == -1 && (((int)now.r_at)==1)))
			continue;

		reached[0][688] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_543_0: /* 2 */
		if (!((((int)now.r_at)==1)))
			Uerror("block in d_step seq");
S_631_0: /* 2 */
S_544_0: /* 2 */
		now.now_inc = ((int)now.super_pc.begin_inc);
#ifdef VAR_RANGES
		logval("now_inc", ((int)now.now_inc));
#endif
		;
S_545_0: /* 2 */
		now.mark = ((int)now.super_pc.durable);
#ifdef VAR_RANGES
		logval("mark", ((int)now.mark));
#endif
		;
S_546_0: /* 2 */
		now.promised = ((int)now.super_pc.promised);
#ifdef VAR_RANGES
		logval("promised", ((int)now.promised));
#endif
		;
S_547_0: /* 2 */
		now.y = ((int)now.super_pc.begin);
#ifdef VAR_RANGES
		logval("y", ((int)now.y));
#endif
		;
S_548_0: /* 2 */
		now.holes = 0;
#ifdef VAR_RANGES
		logval("holes", ((int)now.holes));
#endif
		;
S_549_0: /* 2 */
		now.rstate[0] = ( ((((int)now.tail_pc[0])!=0)) ? (4) : (0) );
#ifdef VAR_RANGES
		logval("rstate[0]", ((int)now.rstate[0]));
#endif
		;
S_550_0: /* 2 */
		now.rstate[1] = ( ((((int)now.tail_pc[1])!=0)) ? (4) : (0) );
#ifdef VAR_RANGES
		logval("rstate[1]", ((int)now.rstate[1]));
#endif
		;
S_551_0: /* 2 */
		spin_assert((((((int)now.super_pc.tail)&1)==0)||(((int)now.tail_pc[0])!=0)), "(((super_pc.tail&1)==0)||(tail_pc[0]!=0))", II, tt, t);
S_552_0: /* 2 */
		spin_assert((((((int)now.super_pc.tail)&2)==0)||(((int)now.tail_pc[1])!=0)), "(((super_pc.tail&2)==0)||(tail_pc[1]!=0))", II, tt, t);
S_625_0: /* 2 */
S_624_0: /* 2 */
S_553_0: /* 2 */
		if (!((((((int)now.y)<(((int)now.super_pc.begin)+5))&&(((now.pc[ Index((((int)now.y)%5), 5) ]!=16384)&&((now.pc[ Index((((int)now.y)%5), 5) ]&7)>=2))&&(((now.pc[ Index((((int)now.y)%5), 5) ]>>8)&15)==((int)now.y))))&&((((now.pc[ Index((((int)now.y)%5), 5) ]>>12)&3)==((int)now.now_inc))||((((now.pc[ Index((((int)now.y)%5), 5) ]&7)==7)&&(((now.pc[ Index((((int)now.y)%5), 5) ]>>12)&3)>((int)now.now_inc)))&&(((now.pc[ Index((((int)now.y)%5), 5) ]>>12)&3)<=((int)now.super_pc.inc)))))))
			goto S_624_1;
S_588_0: /* 2 */
S_554_0: /* 2 */
		now.f = now.pc[ Index((((int)now.y)%5), 5) ];
#ifdef VAR_RANGES
		logval("f", now.f);
#endif
		;
S_585_0: /* 2 */
S_555_0: /* 2 */
		if (!(((now.f&7)==7)))
			goto S_585_1;
S_556_0: /* 2 */
		now.now_inc = ((now.f>>12)&3);
#ifdef VAR_RANGES
		logval("now_inc", ((int)now.now_inc));
#endif
		;
		goto S_586_0;
S_585_1: /* 3 */
S_557_0: /* 2 */
		if (!(((now.f&7)==6)))
			goto S_585_2;
S_558_0: /* 2 */
		now.mark = ( ((((int)now.mark)>((now.f>>3)&15))) ? (((int)now.mark)) : (((now.f>>3)&15)) );
#ifdef VAR_RANGES
		logval("mark", ((int)now.mark));
#endif
		;
		goto S_586_0;
S_585_2: /* 3 */
S_559_0: /* 2 */
		if (!(((now.f&7)==5)))
			goto S_585_3;
S_560_0: /* 2 */
		now.promised = ( ((((int)now.promised)>((now.f>>3)&15))) ? (((int)now.promised)) : (((now.f>>3)&15)) );
#ifdef VAR_RANGES
		logval("promised", ((int)now.promised));
#endif
		;
		goto S_586_0;
S_585_3: /* 3 */
S_561_0: /* 2 */
		if (!(((now.f&7)==3)))
			goto S_585_4;
S_562_0: /* 2 */
		now.promised = ( ((((int)now.promised)>((now.f>>3)&15))) ? (((int)now.promised)) : (((now.f>>3)&15)) );
#ifdef VAR_RANGES
		logval("promised", ((int)now.promised));
#endif
		;
S_570_0: /* 2 */
S_563_0: /* 2 */
		if (!(((((int)now.rstate[ Index(((now.f>>7)&1), 2) ])==0)||(((int)now.rstate[ Index(((now.f>>7)&1), 2) ])==1))))
			goto S_570_1;
S_564_0: /* 2 */
		now.rstate[ Index(((now.f>>7)&1), 2) ] = 1;
#ifdef VAR_RANGES
		logval("rstate[((f>>7)&1)]", ((int)now.rstate[ Index(((now.f>>7)&1), 2) ]));
#endif
		;
S_565_0: /* 2 */
		now.rplace[ Index(((now.f>>7)&1), 2) ] = ((int)now.y);
#ifdef VAR_RANGES
		logval("rplace[((f>>7)&1)]", ((int)now.rplace[ Index(((now.f>>7)&1), 2) ]));
#endif
		;
		goto S_571_0;
S_570_1: /* 3 */
S_566_0: /* 2 */
		if (!(((((int)now.rstate[ Index(((now.f>>7)&1), 2) ])==2)&&(((now.pc[ Index((((int)now.rplace[ Index(((now.f>>7)&1), 2) ])%5), 5) ]>>3)&15)==((now.f>>3)&15)))))
			goto S_570_2;
S_567_0: /* 2 */
		now.rstate[ Index(((now.f>>7)&1), 2) ] = 3;
#ifdef VAR_RANGES
		logval("rstate[((f>>7)&1)]", ((int)now.rstate[ Index(((now.f>>7)&1), 2) ]));
#endif
		;
S_568_0: /* 2 */
		now.rplace[ Index(((now.f>>7)&1), 2) ] = ((int)now.y);
#ifdef VAR_RANGES
		logval("rplace[((f>>7)&1)]", ((int)now.rplace[ Index(((now.f>>7)&1), 2) ]));
#endif
		;
		goto S_571_0;
S_570_2: /* 3 */
S_569_0: /* 2 */
		/* else */;
		goto S_571_0;
S_570_3: /* 3 */
		Uerror("blocking sel in d_step (nr.23, near line 151)");
S_571_0: /* 2 */
		goto S_586_0;
S_585_4: /* 3 */
S_572_0: /* 2 */
		if (!(((now.f&7)==4)))
			goto S_585_5;
S_582_0: /* 2 */
S_573_0: /* 2 */
		if (!((((int)now.rstate[ Index(((now.f>>7)&1), 2) ])==4)))
			goto S_582_1;
S_574_0: /* 2 */
		spin_assert((((int)now.tail_pc[ Index(((now.f>>7)&1), 2) ])==((now.f>>3)&15)), "(tail_pc[((f>>7)&1)]==((f>>3)&15))", II, tt, t);
		goto S_583_0;
S_582_1: /* 3 */
S_575_0: /* 2 */
		if (!(((((int)now.rstate[ Index(((now.f>>7)&1), 2) ])==3)||(((int)now.rstate[ Index(((now.f>>7)&1), 2) ])==2))))
			goto S_582_2;
S_576_0: /* 2 */
		spin_assert((((now.pc[ Index((((int)now.rplace[ Index(((now.f>>7)&1), 2) ])%5), 5) ]>>3)&15)==((now.f>>3)&15)), "(((pc[(rplace[((f>>7)&1)]%5)]>>3)&15)==((f>>3)&15))", II, tt, t);
		goto S_583_0;
S_582_2: /* 3 */
S_577_0: /* 2 */
		if (!(((((int)now.rstate[ Index(((now.f>>7)&1), 2) ])==1)&&(((now.pc[ Index((((int)now.rplace[ Index(((now.f>>7)&1), 2) ])%5), 5) ]>>3)&15)==((now.f>>3)&15)))))
			goto S_582_3;
S_578_0: /* 2 */
		now.rstate[ Index(((now.f>>7)&1), 2) ] = 3;
#ifdef VAR_RANGES
		logval("rstate[((f>>7)&1)]", ((int)now.rstate[ Index(((now.f>>7)&1), 2) ]));
#endif
		;
		goto S_583_0;
S_582_3: /* 3 */
S_579_0: /* 2 */
		/* else */;
S_580_0: /* 2 */
		now.rstate[ Index(((now.f>>7)&1), 2) ] = 2;
#ifdef VAR_RANGES
		logval("rstate[((f>>7)&1)]", ((int)now.rstate[ Index(((now.f>>7)&1), 2) ]));
#endif
		;
S_581_0: /* 2 */
		now.rplace[ Index(((now.f>>7)&1), 2) ] = ((int)now.y);
#ifdef VAR_RANGES
		logval("rplace[((f>>7)&1)]", ((int)now.rplace[ Index(((now.f>>7)&1), 2) ]));
#endif
		;
		goto S_583_0;
S_582_4: /* 3 */
		Uerror("blocking sel in d_step (nr.24, near line 157)");
S_583_0: /* 2 */
		goto S_586_0;
S_585_5: /* 3 */
S_584_0: /* 2 */
		/* else */;
		goto S_586_0;
S_585_6: /* 3 */
		Uerror("blocking sel in d_step (nr.25, near line 145)");
S_586_0: /* 2 */
S_587_0: /* 2 */
		now.f = 0;
#ifdef VAR_RANGES
		logval("f", now.f);
#endif
		;
		goto S_589_0;
S_589_0: /* 2 */
		now.y = (((int)now.y)+1);
#ifdef VAR_RANGES
		logval("y", ((int)now.y));
#endif
		;
		goto S_625_0; /* ';' */
S_624_1: /* 3 */
S_590_0: /* 2 */
		if (!(((((int)now.y)<(((int)now.super_pc.begin)+5))&& !(((((now.pc[ Index((((int)now.y)%5), 5) ]!=16384)&&((now.pc[ Index((((int)now.y)%5), 5) ]&7)>=2))&&(((now.pc[ Index((((int)now.y)%5), 5) ]>>8)&15)==((int)now.y)))&&((((now.pc[ Index((((int)now.y)%5), 5) ]>>12)&3)==((int)now.now_inc))||((((now.pc[ Index((((int)now.y)%5), 5) ]&7)==7)&&(((now.pc[ Index((((int)now.y)%5), 5) ]>>12)&3)>((int)now.now_inc)))&&(((now.pc[ Index((((int)now.y)%5), 5) ]>>12)&3)<=((int)now.super_pc.inc)))))))))
			goto S_624_2;
S_591_0: /* 2 */
		now.x = (((int)now.y)+1);
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
S_592_0: /* 2 */
		now.from = 0;
#ifdef VAR_RANGES
		logval("from", ((int)now.from));
#endif
		;
S_613_0: /* 2 */
S_612_0: /* 2 */
S_593_0: /* 2 */
		if (!((((int)now.x)<(((int)now.super_pc.begin)+5))))
			goto S_612_1;
S_594_0: /* 2 */
		now.f = now.pc[ Index((((int)now.x)%5), 5) ];
#ifdef VAR_RANGES
		logval("f", now.f);
#endif
		;
S_607_0: /* 2 */
S_595_0: /* 2 */
		if (!((((((now.f!=16384)&&((now.f&7)>=2))&&(((now.f>>8)&15)==((int)now.x)))&&(((now.f>>12)&3)>=((int)now.now_inc)))&&(((now.f>>12)&3)<=((int)now.super_pc.inc)))))
			goto S_607_1;
S_599_0: /* 2 */
S_596_0: /* 2 */
		if (!((((int)now.from)==0)))
			goto S_599_1;
S_597_0: /* 2 */
		now.from = ((int)now.x);
#ifdef VAR_RANGES
		logval("from", ((int)now.from));
#endif
		;
		goto S_600_0;
S_599_1: /* 3 */
S_598_0: /* 2 */
		/* else */;
		goto S_600_0;
S_599_2: /* 3 */
		Uerror("blocking sel in d_step (nr.26, near line 190)");
S_600_0: /* 2 */
S_604_0: /* 2 */
S_601_0: /* 2 */
		if (!(((now.f&7)==6)))
			goto S_604_1;
S_602_0: /* 2 */
		now.mark = ( ((((int)now.mark)>((now.f>>3)&15))) ? (((int)now.mark)) : (((now.f>>3)&15)) );
#ifdef VAR_RANGES
		logval("mark", ((int)now.mark));
#endif
		;
		goto S_605_0;
S_604_1: /* 3 */
S_603_0: /* 2 */
		/* else */;
		goto S_605_0;
S_604_2: /* 3 */
		Uerror("blocking sel in d_step (nr.27, near line 194)");
S_605_0: /* 2 */
		goto S_608_0;
S_607_1: /* 3 */
S_606_0: /* 2 */
		/* else */;
		goto S_608_0;
S_607_2: /* 3 */
		Uerror("blocking sel in d_step (nr.28, near line 188)");
S_608_0: /* 2 */
S_609_0: /* 2 */
		now.x = (((int)now.x)+1);
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
		goto S_613_0; /* ';' */
S_612_1: /* 3 */
S_610_0: /* 2 */
		/* else */;
S_611_0: /* 2 */
		goto S_615_0;	/* 'goto' */
S_612_2: /* 3 */
		Uerror("blocking sel in d_step (nr.29, near line 185)");
S_614_0: /* 2 */
		goto S_615_0;	/* 'break' */
S_615_0: /* 2 */
		now.x = 0;
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
S_616_0: /* 2 */
		now.f = 0;
#ifdef VAR_RANGES
		logval("f", now.f);
#endif
		;
S_617_0: /* 2 */
		spin_assert((((int)now.y)>=((int)now.mark)), "(y>=mark)", II, tt, t);
S_620_0: /* 2 */
S_618_0: /* 2 */
		if (!(1))
			goto S_620_1;
S_619_0: /* 2 */
		goto S_627_0;	/* 'goto' */
S_620_1: /* 3 */
		Uerror("blocking sel in d_step (nr.30, near line 205)");
S_621_0: /* 2 */
		goto S_625_0; /* '.' */
		goto S_625_0; /* ';' */
S_624_2: /* 3 */
S_622_0: /* 2 */
		/* else */;
S_623_0: /* 2 */
		goto S_627_0;	/* 'goto' */
		goto S_625_0; /* ';' */
S_624_3: /* 3 */
		Uerror("blocking sel in d_step (nr.31, near line 179)");
S_626_0: /* 2 */
		goto S_627_0;	/* 'break' */
S_627_0: /* 2 */
		now.ends = ((int)now.y);
#ifdef VAR_RANGES
		logval("ends", ((int)now.ends));
#endif
		;
S_628_0: /* 2 */
		spin_assert((((int)now.ends)>=((int)now.mark)), "(ends>=mark)", II, tt, t);
S_629_0: /* 2 */
		now.from = 0;
#ifdef VAR_RANGES
		logval("from", ((int)now.from));
#endif
		;
S_630_0: /* 2 */
		now.y = 0;
#ifdef VAR_RANGES
		logval("y", ((int)now.y));
#endif
		;
		goto S_649_0;
S_649_0: /* 2 */
S_632_0: /* 2 */
		now.x = 0;
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
S_644_0: /* 2 */
S_643_0: /* 2 */
S_633_0: /* 2 */
		if (!((((int)now.x)<2)))
			goto S_643_1;
S_634_0: /* 2 */
		now.y = ( ((((int)now.rstate[ Index(((int)now.x), 2) ])==4)) ? (((int)now.tail_pc[ Index(((int)now.x), 2) ])) : (( ((((int)now.rstate[ Index(((int)now.x), 2) ])==0)) ? (0) : (((now.pc[ Index((((int)now.rplace[ Index(((int)now.x), 2) ])%5), 5) ]>>3)&15)) )) );
#ifdef VAR_RANGES
		logval("y", ((int)now.y));
#endif
		;
S_635_0: /* 2 */
		spin_assert((((((int)now.ack[ Index(((int)now.power), 2) ].vote[ Index(((int)now.x), 2) ])==0)||(((int)now.rstate[ Index(((int)now.x), 2) ])>=3))||((((int)now.rstate[ Index(((int)now.x), 2) ])==1)&&(((int)now.y)>=((int)now.ack[ Index(((int)now.power), 2) ].vote[ Index(((int)now.x), 2) ])))), "(((ack[power].vote[x]==0)||(rstate[x]>=3))||((rstate[x]==1)&&(y>=ack[power].vote[x])))", II, tt, t);
S_636_0: /* 2 */
		spin_assert(((((int)now.ack[ Index(((int)now.power), 2) ].chosen[ Index(((int)now.x), 2) ])==0)||((((int)now.rstate[ Index(((int)now.x), 2) ])>=3)&&(((int)now.y)==((int)now.ack[ Index(((int)now.power), 2) ].chosen[ Index(((int)now.x), 2) ])))), "((ack[power].chosen[x]==0)||((rstate[x]>=3)&&(y==ack[power].chosen[x])))", II, tt, t);
S_637_0: /* 2 */
		spin_assert(((((int)now.y)==0)||((((int)now.alive[ Index(((int)now.x), 2) ])&(1<<((int)now.y)))!=0)), "((y==0)||((alive[x]&(1<<y))!=0))", II, tt, t);
S_638_0: /* 2 */
		spin_assert(((((int)now.rstate[ Index(((int)now.x), 2) ])!=2)||((((int)now.ack[ Index(((int)now.power), 2) ].vote[ Index(((int)now.x), 2) ])==0)&&(((int)now.ack[ Index(((int)now.power), 2) ].chosen[ Index(((int)now.x), 2) ])==0))), "((rstate[x]!=2)||((ack[power].vote[x]==0)&&(ack[power].chosen[x]==0)))", II, tt, t);
S_639_0: /* 2 */
		now.alive[ Index(now.x, 2) ] = ( ((((int)now.y)==0)) ? (0) : ((1<<((int)now.y))) );
#ifdef VAR_RANGES
		logval("alive[x]", ((int)now.alive[ Index(((int)now.x), 2) ]));
#endif
		;
S_640_0: /* 2 */
		now.x = (((int)now.x)+1);
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
		goto S_644_0; /* ';' */
S_643_1: /* 3 */
S_641_0: /* 2 */
		/* else */;
S_642_0: /* 2 */
		goto S_646_0;	/* 'goto' */
S_643_2: /* 3 */
		Uerror("blocking sel in d_step (nr.32, near line 233)");
S_645_0: /* 2 */
		goto S_646_0;	/* 'break' */
S_646_0: /* 2 */
		spin_assert((((int)now.promised)>=((int)now.ack[ Index(((int)now.power), 2) ].promise)), "(promised>=ack[power].promise)", II, tt, t);
S_647_0: /* 2 */
		now.x = 0;
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
S_648_0: /* 2 */
		now.y = 0;
#ifdef VAR_RANGES
		logval("y", ((int)now.y));
#endif
		;
		goto S_650_0;
S_650_0: /* 2 */
		now.inc = ((int)now.super_pc.inc);
#ifdef VAR_RANGES
		logval("inc", ((int)now.inc));
#endif
		;
S_651_0: /* 2 */
		now.begin_inc = ((int)now.super_pc.begin_inc);
#ifdef VAR_RANGES
		logval("begin_inc", ((int)now.begin_inc));
#endif
		;
S_652_0: /* 2 */
		now.tail_noted = ((int)now.super_pc.tail);
#ifdef VAR_RANGES
		logval("tail_noted", ((int)now.tail_noted));
#endif
		;
S_653_0: /* 2 */
		now.reclaimed = ((int)now.super_pc.begin);
#ifdef VAR_RANGES
		logval("reclaimed", ((int)now.reclaimed));
#endif
		;
S_654_0: /* 2 */
		now.published = ((int)now.ends);
#ifdef VAR_RANGES
		logval("published", ((int)now.published));
#endif
		;
S_655_0: /* 2 */
		now.reserved = ((int)now.ends);
#ifdef VAR_RANGES
		logval("reserved", ((int)now.reserved));
#endif
		;
S_656_0: /* 2 */
		now.state[0] = ((int)now.rstate[0]);
#ifdef VAR_RANGES
		logval("state[0]", ((int)now.state[0]));
#endif
		;
S_657_0: /* 2 */
		now.state[1] = ((int)now.rstate[1]);
#ifdef VAR_RANGES
		logval("state[1]", ((int)now.state[1]));
#endif
		;
S_658_0: /* 2 */
		now.place[0] = ( ((((int)now.rstate[0])==4)) ? (0) : (((int)now.rplace[0])) );
#ifdef VAR_RANGES
		logval("place[0]", ((int)now.place[0]));
#endif
		;
S_659_0: /* 2 */
		now.place[1] = ( ((((int)now.rstate[1])==4)) ? (0) : (((int)now.rplace[1])) );
#ifdef VAR_RANGES
		logval("place[1]", ((int)now.place[1]));
#endif
		;
S_660_0: /* 2 */
		now.x = ((int)now.reclaimed);
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
S_667_0: /* 2 */
S_666_0: /* 2 */
S_661_0: /* 2 */
		if (!((((int)now.x)<(((int)now.reclaimed)+5))))
			goto S_666_1;
S_662_0: /* 2 */
		now.mem[ Index((now.x%5), 5) ] = ( ((((int)now.x)<((int)now.ends))) ? (now.pc[ Index((((int)now.x)%5), 5) ]) : (0) );
#ifdef VAR_RANGES
		logval("mem[(x%5)]", now.mem[ Index((((int)now.x)%5), 5) ]);
#endif
		;
S_663_0: /* 2 */
		now.x = (((int)now.x)+1);
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
		goto S_667_0; /* ';' */
S_666_1: /* 3 */
S_664_0: /* 2 */
		/* else */;
S_665_0: /* 2 */
		goto S_669_0;	/* 'goto' */
S_666_2: /* 3 */
		Uerror("blocking sel in d_step (nr.33, near line 575)");
S_668_0: /* 2 */
		goto S_669_0;	/* 'break' */
S_669_0: /* 2 */
		now.x = 0;
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
S_670_0: /* 2 */
		now.synced = ( (((int)now.holes)) ? (((int)now.reclaimed)) : (( ((((int)now.reclaimed)>( ((((int)now.mark)<((int)now.ends))) ? (((int)now.mark)) : (((int)now.ends)) ))) ? (((int)now.reclaimed)) : (( ((((int)now.mark)<((int)now.ends))) ? (((int)now.mark)) : (((int)now.ends)) )) )) );
#ifdef VAR_RANGES
		logval("synced", ((int)now.synced));
#endif
		;
S_671_0: /* 2 */
		now.durable = ((int)now.synced);
#ifdef VAR_RANGES
		logval("durable", ((int)now.durable));
#endif
		;
S_672_0: /* 2 */
		now.marked = ((int)now.synced);
#ifdef VAR_RANGES
		logval("marked", ((int)now.marked));
#endif
		;
S_673_0: /* 2 */
		now.mark = 0;
#ifdef VAR_RANGES
		logval("mark", ((int)now.mark));
#endif
		;
S_674_0: /* 2 */
		now.holes = 0;
#ifdef VAR_RANGES
		logval("holes", ((int)now.holes));
#endif
		;
S_675_0: /* 2 */
		now.ends = 0;
#ifdef VAR_RANGES
		logval("ends", ((int)now.ends));
#endif
		;
S_676_0: /* 2 */
		now.now_inc = 0;
#ifdef VAR_RANGES
		logval("now_inc", ((int)now.now_inc));
#endif
		;
S_677_0: /* 2 */
		now.rstate[0] = 0;
#ifdef VAR_RANGES
		logval("rstate[0]", ((int)now.rstate[0]));
#endif
		;
S_678_0: /* 2 */
		now.rstate[1] = 0;
#ifdef VAR_RANGES
		logval("rstate[1]", ((int)now.rstate[1]));
#endif
		;
S_679_0: /* 2 */
		now.rplace[0] = 0;
#ifdef VAR_RANGES
		logval("rplace[0]", ((int)now.rplace[0]));
#endif
		;
S_680_0: /* 2 */
		now.rplace[1] = 0;
#ifdef VAR_RANGES
		logval("rplace[1]", ((int)now.rplace[1]));
#endif
		;
S_685_0: /* 2 */
S_681_0: /* 2 */
		if (!((((((int)now.reserved)+1)<=(((int)now.reclaimed)+5))&&((((int)now.reserved)+1)<(10+2)))))
			goto S_685_1;
S_682_0: /* 2 */
		now.r_at = 2;
#ifdef VAR_RANGES
		logval("r_at", ((int)now.r_at));
#endif
		;
		goto S_686_0;
S_685_1: /* 3 */
S_683_0: /* 2 */
		/* else */;
S_684_0: /* 2 */
		now.r_at = 9;
#ifdef VAR_RANGES
		logval("r_at", ((int)now.r_at));
#endif
		;
		goto S_686_0;
S_685_2: /* 3 */
		Uerror("blocking sel in d_step (nr.34, near line 586)");
S_686_0: /* 2 */
		goto S_810_0; /* '.' */
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 63: // STATE 702 - log.pml:591 - [D_STEP591]
		if (!(boq == -1 && (((int)now.r_at)==2)))
			continue;

		reached[0][702] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_688_0: /* 2 */
		if (!((((int)now.r_at)==2)))
			Uerror("block in d_step seq");
S_691_0: /* 2 */
S_689_0: /* 2 */
		now.tail_disk[0] = ((int)now.tail_pc[0]);
#ifdef VAR_RANGES
		logval("tail_disk[0]", ((int)now.tail_disk[0]));
#endif
		;
S_690_0: /* 2 */
		now.tail_disk[1] = ((int)now.tail_pc[1]);
#ifdef VAR_RANGES
		logval("tail_disk[1]", ((int)now.tail_disk[1]));
#endif
		;
		goto S_692_0;
S_692_0: /* 2 */
		now.inc = (((int)now.inc)+1);
#ifdef VAR_RANGES
		logval("inc", ((int)now.inc));
#endif
		;
S_699_0: /* 2 */
S_693_0: /* 2 */
		now.super_pc.begin = ((int)now.reclaimed);
#ifdef VAR_RANGES
		logval("super_pc.begin", ((int)now.super_pc.begin));
#endif
		;
S_694_0: /* 2 */
		now.super_pc.begin_inc = ((int)now.begin_inc);
#ifdef VAR_RANGES
		logval("super_pc.begin_inc", ((int)now.super_pc.begin_inc));
#endif
		;
S_695_0: /* 2 */
		now.super_pc.inc = ((int)now.inc);
#ifdef VAR_RANGES
		logval("super_pc.inc", ((int)now.super_pc.inc));
#endif
		;
S_696_0: /* 2 */
		now.super_pc.durable = ((int)now.durable);
#ifdef VAR_RANGES
		logval("super_pc.durable", ((int)now.super_pc.durable));
#endif
		;
S_697_0: /* 2 */
		now.super_pc.tail = ((int)now.tail_noted);
#ifdef VAR_RANGES
		logval("super_pc.tail", ((int)now.super_pc.tail));
#endif
		;
S_698_0: /* 2 */
		now.super_pc.promised = ((int)now.promised);
#ifdef VAR_RANGES
		logval("super_pc.promised", ((int)now.super_pc.promised));
#endif
		;
		goto S_700_0;
S_700_0: /* 2 */
		now.r_at = 3;
#ifdef VAR_RANGES
		logval("r_at", ((int)now.r_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 64: // STATE 713 - log.pml:596 - [D_STEP596]
		if (!(boq == -1 && (((int)now.r_at)==3)))
			continue;

		reached[0][713] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_702_0: /* 2 */
		if (!((((int)now.r_at)==3)))
			Uerror("block in d_step seq");
S_710_0: /* 2 */
S_703_0: /* 2 */
		now.super_disk.begin = ((int)now.super_pc.begin);
#ifdef VAR_RANGES
		logval("super_disk.begin", ((int)now.super_disk.begin));
#endif
		;
S_704_0: /* 2 */
		now.super_disk.begin_inc = ((int)now.super_pc.begin_inc);
#ifdef VAR_RANGES
		logval("super_disk.begin_inc", ((int)now.super_disk.begin_inc));
#endif
		;
S_705_0: /* 2 */
		now.super_disk.inc = ((int)now.super_pc.inc);
#ifdef VAR_RANGES
		logval("super_disk.inc", ((int)now.super_disk.inc));
#endif
		;
S_706_0: /* 2 */
		now.super_disk.promised = ((int)now.super_pc.promised);
#ifdef VAR_RANGES
		logval("super_disk.promised", ((int)now.super_disk.promised));
#endif
		;
S_707_0: /* 2 */
		now.super_disk.durable = ((int)now.super_pc.durable);
#ifdef VAR_RANGES
		logval("super_disk.durable", ((int)now.super_disk.durable));
#endif
		;
S_708_0: /* 2 */
		now.super_disk.tail = ((int)now.super_pc.tail);
#ifdef VAR_RANGES
		logval("super_disk.tail", ((int)now.super_disk.tail));
#endif
		;
S_709_0: /* 2 */
		now.super_disk.shared = ((int)now.super_pc.shared);
#ifdef VAR_RANGES
		logval("super_disk.shared", ((int)now.super_disk.shared));
#endif
		;
		goto S_711_0;
S_711_0: /* 2 */
		now.r_at = 4;
#ifdef VAR_RANGES
		logval("r_at", ((int)now.r_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 65: // STATE 726 - log.pml:602 - [D_STEP602]
		if (!(boq == -1 && (((int)now.r_at)==4)))
			continue;

		reached[0][726] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_713_0: /* 2 */
		if (!((((int)now.r_at)==4)))
			Uerror("block in d_step seq");
S_714_0: /* 2 */
		now.mem[ Index((now.reserved%5), 5) ] = ((((7|(0<<3))|(0<<7))|(((int)now.reserved)<<8))|(((int)now.inc)<<12));
#ifdef VAR_RANGES
		logval("mem[(reserved%5)]", now.mem[ Index((((int)now.reserved)%5), 5) ]);
#endif
		;
S_715_0: /* 2 */
		now.reserved = (((int)now.reserved)+1);
#ifdef VAR_RANGES
		logval("reserved", ((int)now.reserved));
#endif
		;
S_723_0: /* 2 */
S_721_0: /* 2 */
S_720_0: /* 2 */
S_716_0: /* 2 */
		if (!((((((int)now.published)<((int)now.reserved))&&(now.mem[ Index((((int)now.published)%5), 5) ]!=16384))&&((now.mem[ Index((((int)now.published)%5), 5) ]&7)>=2))))
			goto S_720_1;
S_717_0: /* 2 */
		now.published = (((int)now.published)+1);
#ifdef VAR_RANGES
		logval("published", ((int)now.published));
#endif
		;
		goto S_721_0; /* ';' */
S_720_1: /* 3 */
S_718_0: /* 2 */
		/* else */;
S_719_0: /* 2 */
		goto S_722_0;	/* 'goto' */
S_720_2: /* 3 */
		Uerror("blocking sel in d_step (nr.35, near line 106)");
S_722_0: /* 2 */
		goto S_724_0;	/* 'break' */
S_724_0: /* 2 */
		now.r_at = 5;
#ifdef VAR_RANGES
		logval("r_at", ((int)now.r_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 66: // STATE 730 - log.pml:604 - [D_STEP604]
		if (!(boq == -1 && ((((int)now.r_at)==5)&&(((int)now.synced)<((int)now.published)))))
			continue;

		reached[0][730] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_726_0: /* 2 */
		if (!(((((int)now.r_at)==5)&&(((int)now.synced)<((int)now.published)))))
			Uerror("block in d_step seq");
S_727_0: /* 2 */
		now.pc[ Index((now.synced%5), 5) ] = now.mem[ Index((((int)now.synced)%5), 5) ];
#ifdef VAR_RANGES
		logval("pc[(synced%5)]", now.pc[ Index((((int)now.synced)%5), 5) ]);
#endif
		;
S_728_0: /* 2 */
		now.synced = (((int)now.synced)+1);
#ifdef VAR_RANGES
		logval("synced", ((int)now.synced));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 67: // STATE 733 - log.pml:605 - [D_STEP605]
		if (!(boq == -1 && ((((int)now.r_at)==5)&&(((int)now.synced)>=((int)now.published)))))
			continue;

		reached[0][733] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_730_0: /* 2 */
		if (!(((((int)now.r_at)==5)&&(((int)now.synced)>=((int)now.published)))))
			Uerror("block in d_step seq");
S_731_0: /* 2 */
		now.r_at = 6;
#ifdef VAR_RANGES
		logval("r_at", ((int)now.r_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 68: // STATE 748 - log.pml:609 - [D_STEP609]
		if (!(boq == -1 && (((int)now.r_at)==6)))
			continue;

		reached[0][748] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_733_0: /* 2 */
		if (!((((int)now.r_at)==6)))
			Uerror("block in d_step seq");
S_744_0: /* 2 */
S_734_0: /* 2 */
		now.x = 0;
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
S_741_0: /* 2 */
S_740_0: /* 2 */
S_735_0: /* 2 */
		if (!((((int)now.x)<5)))
			goto S_740_1;
S_736_0: /* 2 */
		now.disk[ Index(now.x, 5) ] = now.pc[ Index(((int)now.x), 5) ];
#ifdef VAR_RANGES
		logval("disk[x]", now.disk[ Index(((int)now.x), 5) ]);
#endif
		;
S_737_0: /* 2 */
		now.x = (((int)now.x)+1);
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
		goto S_741_0; /* ';' */
S_740_1: /* 3 */
S_738_0: /* 2 */
		/* else */;
S_739_0: /* 2 */
		goto S_743_0;	/* 'goto' */
S_740_2: /* 3 */
		Uerror("blocking sel in d_step (nr.36, near line 113)");
S_742_0: /* 2 */
		goto S_743_0;	/* 'break' */
S_743_0: /* 2 */
		now.x = 0;
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
		goto S_745_0;
S_745_0: /* 2 */
		now.durable = ((int)now.published);
#ifdef VAR_RANGES
		logval("durable", ((int)now.durable));
#endif
		;
S_746_0: /* 2 */
		now.r_at = 7;
#ifdef VAR_RANGES
		logval("r_at", ((int)now.r_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 69: // STATE 758 - log.pml:610 - [D_STEP610]
		if (!(boq == -1 && (((int)now.r_at)==7)))
			continue;

		reached[0][758] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_748_0: /* 2 */
		if (!((((int)now.r_at)==7)))
			Uerror("block in d_step seq");
S_755_0: /* 2 */
S_749_0: /* 2 */
		now.super_pc.begin = ((int)now.reclaimed);
#ifdef VAR_RANGES
		logval("super_pc.begin", ((int)now.super_pc.begin));
#endif
		;
S_750_0: /* 2 */
		now.super_pc.begin_inc = ((int)now.begin_inc);
#ifdef VAR_RANGES
		logval("super_pc.begin_inc", ((int)now.super_pc.begin_inc));
#endif
		;
S_751_0: /* 2 */
		now.super_pc.inc = ((int)now.inc);
#ifdef VAR_RANGES
		logval("super_pc.inc", ((int)now.super_pc.inc));
#endif
		;
S_752_0: /* 2 */
		now.super_pc.durable = ((int)now.durable);
#ifdef VAR_RANGES
		logval("super_pc.durable", ((int)now.super_pc.durable));
#endif
		;
S_753_0: /* 2 */
		now.super_pc.tail = ((int)now.tail_noted);
#ifdef VAR_RANGES
		logval("super_pc.tail", ((int)now.super_pc.tail));
#endif
		;
S_754_0: /* 2 */
		now.super_pc.promised = ((int)now.promised);
#ifdef VAR_RANGES
		logval("super_pc.promised", ((int)now.super_pc.promised));
#endif
		;
		goto S_756_0;
S_756_0: /* 2 */
		now.r_at = 8;
#ifdef VAR_RANGES
		logval("r_at", ((int)now.r_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 70: // STATE 809 - log.pml:611 - [D_STEP611]
		if (!(boq == -1 && (((int)now.r_at)==8)))
			continue;

		reached[0][809] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_758_0: /* 2 */
		if (!((((int)now.r_at)==8)))
			Uerror("block in d_step seq");
S_766_0: /* 2 */
S_759_0: /* 2 */
		now.super_disk.begin = ((int)now.super_pc.begin);
#ifdef VAR_RANGES
		logval("super_disk.begin", ((int)now.super_disk.begin));
#endif
		;
S_760_0: /* 2 */
		now.super_disk.begin_inc = ((int)now.super_pc.begin_inc);
#ifdef VAR_RANGES
		logval("super_disk.begin_inc", ((int)now.super_disk.begin_inc));
#endif
		;
S_761_0: /* 2 */
		now.super_disk.inc = ((int)now.super_pc.inc);
#ifdef VAR_RANGES
		logval("super_disk.inc", ((int)now.super_disk.inc));
#endif
		;
S_762_0: /* 2 */
		now.super_disk.promised = ((int)now.super_pc.promised);
#ifdef VAR_RANGES
		logval("super_disk.promised", ((int)now.super_disk.promised));
#endif
		;
S_763_0: /* 2 */
		now.super_disk.durable = ((int)now.super_pc.durable);
#ifdef VAR_RANGES
		logval("super_disk.durable", ((int)now.super_disk.durable));
#endif
		;
S_764_0: /* 2 */
		now.super_disk.tail = ((int)now.super_pc.tail);
#ifdef VAR_RANGES
		logval("super_disk.tail", ((int)now.super_disk.tail));
#endif
		;
S_765_0: /* 2 */
		now.super_disk.shared = ((int)now.super_pc.shared);
#ifdef VAR_RANGES
		logval("super_disk.shared", ((int)now.super_disk.shared));
#endif
		;
		goto S_767_0;
S_767_0: /* 2 */
		now.x = 0;
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
S_793_0: /* 2 */
S_792_0: /* 2 */
S_768_0: /* 2 */
		if (!((((int)now.x)<2)))
			goto S_792_1;
S_775_0: /* 2 */
S_769_0: /* 2 */
		if (!((((int)now.state[ Index(((int)now.x), 2) ])==4)))
			goto S_775_1;
S_770_0: /* 2 */
		now.y = ((int)now.tail_pc[ Index(((int)now.x), 2) ]);
#ifdef VAR_RANGES
		logval("y", ((int)now.y));
#endif
		;
		goto S_776_0;
S_775_1: /* 3 */
S_771_0: /* 2 */
		if (!(((((int)now.state[ Index(((int)now.x), 2) ])==3)||(((int)now.state[ Index(((int)now.x), 2) ])==1))))
			goto S_775_2;
S_772_0: /* 2 */
		now.y = ((now.mem[ Index((((int)now.place[ Index(((int)now.x), 2) ])%5), 5) ]>>3)&15);
#ifdef VAR_RANGES
		logval("y", ((int)now.y));
#endif
		;
		goto S_776_0;
S_775_2: /* 3 */
S_773_0: /* 2 */
		/* else */;
S_774_0: /* 2 */
		now.y = 0;
#ifdef VAR_RANGES
		logval("y", ((int)now.y));
#endif
		;
		goto S_776_0;
S_775_3: /* 3 */
		Uerror("blocking sel in d_step (nr.37, near line 619)");
S_776_0: /* 2 */
S_787_0: /* 2 */
S_777_0: /* 2 */
		if (!((((int)now.state[ Index(((int)now.x), 2) ])>=3)))
			goto S_787_1;
S_778_0: /* 2 */
		spin_assert(((((int)now.ack[1].chosen[ Index(((int)now.x), 2) ])==0)||(((int)now.ack[1].chosen[ Index(((int)now.x), 2) ])==((int)now.y))), "((ack[1].chosen[x]==0)||(ack[1].chosen[x]==y))", II, tt, t);
S_779_0: /* 2 */
		now.ack[0].chosen[ Index(now.x, 2) ] = ((int)now.y);
#ifdef VAR_RANGES
		logval("ack[0].chosen[x]", ((int)now.ack[0].chosen[ Index(((int)now.x), 2) ]));
#endif
		;
S_780_0: /* 2 */
		now.ack[1].chosen[ Index(now.x, 2) ] = ((int)now.y);
#ifdef VAR_RANGES
		logval("ack[1].chosen[x]", ((int)now.ack[1].chosen[ Index(((int)now.x), 2) ]));
#endif
		;
		goto S_788_0;
S_787_1: /* 3 */
S_781_0: /* 2 */
		if (!((((int)now.state[ Index(((int)now.x), 2) ])==1)))
			goto S_787_2;
S_782_0: /* 2 */
		now.ack[0].vote[ Index(now.x, 2) ] = ((int)now.y);
#ifdef VAR_RANGES
		logval("ack[0].vote[x]", ((int)now.ack[0].vote[ Index(((int)now.x), 2) ]));
#endif
		;
S_783_0: /* 2 */
		now.ack[1].vote[ Index(now.x, 2) ] = ((int)now.y);
#ifdef VAR_RANGES
		logval("ack[1].vote[x]", ((int)now.ack[1].vote[ Index(((int)now.x), 2) ]));
#endif
		;
		goto S_788_0;
S_787_2: /* 3 */
S_784_0: /* 2 */
		/* else */;
S_785_0: /* 2 */
		now.ack[0].vote[ Index(now.x, 2) ] = 0;
#ifdef VAR_RANGES
		logval("ack[0].vote[x]", ((int)now.ack[0].vote[ Index(((int)now.x), 2) ]));
#endif
		;
S_786_0: /* 2 */
		now.ack[1].vote[ Index(now.x, 2) ] = 0;
#ifdef VAR_RANGES
		logval("ack[1].vote[x]", ((int)now.ack[1].vote[ Index(((int)now.x), 2) ]));
#endif
		;
		goto S_788_0;
S_787_3: /* 3 */
		Uerror("blocking sel in d_step (nr.38, near line 624)");
S_788_0: /* 2 */
S_789_0: /* 2 */
		now.x = (((int)now.x)+1);
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
		goto S_793_0; /* ';' */
S_792_1: /* 3 */
S_790_0: /* 2 */
		/* else */;
S_791_0: /* 2 */
		goto S_795_0;	/* 'goto' */
S_792_2: /* 3 */
		Uerror("blocking sel in d_step (nr.39, near line 617)");
S_794_0: /* 2 */
		goto S_795_0;	/* 'break' */
S_795_0: /* 2 */
		now.x = 0;
#ifdef VAR_RANGES
		logval("x", ((int)now.x));
#endif
		;
S_796_0: /* 2 */
		now.y = 0;
#ifdef VAR_RANGES
		logval("y", ((int)now.y));
#endif
		;
S_797_0: /* 2 */
		now.ack[0].promise = ((int)now.promised);
#ifdef VAR_RANGES
		logval("ack[0].promise", ((int)now.ack[0].promise));
#endif
		;
S_798_0: /* 2 */
		now.ack[1].promise = ((int)now.promised);
#ifdef VAR_RANGES
		logval("ack[1].promise", ((int)now.ack[1].promise));
#endif
		;
S_804_0: /* 2 */
S_799_0: /* 2 */
		if (!( !(((int)now.power))))
			goto S_804_1;
S_800_0: /* 2 */
		if (!(1))
			Uerror("block in d_step seq");
		goto S_805_0;
S_804_1: /* 3 */
S_801_0: /* 2 */
		/* else */;
S_802_0: /* 2 */
		now.ack[0].chosen[0] = ((int)now.ack[1].chosen[0]);
#ifdef VAR_RANGES
		logval("ack[0].chosen[0]", ((int)now.ack[0].chosen[0]));
#endif
		;
S_803_0: /* 2 */
		now.ack[0].chosen[1] = ((int)now.ack[1].chosen[1]);
#ifdef VAR_RANGES
		logval("ack[0].chosen[1]", ((int)now.ack[0].chosen[1]));
#endif
		;
		goto S_805_0;
S_804_2: /* 3 */
		Uerror("blocking sel in d_step (nr.40, near line 636)");
S_805_0: /* 2 */
S_806_0: /* 2 */
		now.power = 0;
#ifdef VAR_RANGES
		logval("power", ((int)now.power));
#endif
		;
S_807_0: /* 2 */
		now.r_at = 0;
#ifdef VAR_RANGES
		logval("r_at", ((int)now.r_at));
#endif
		;
		goto S_810_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 71: // STATE 813 - log.pml:643 - [-end-] (0:0:0 - 1)
		IfNotBlocked
		reached[0][813] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */
	case  _T5:	/* np_ */
		if (!((!(trpt->o_pm&4) && !(trpt->tau&128))))
			continue;
		/* else fall through */
	case  _T2:	/* true */
		_m = 3; goto P999;
#undef rand
	}

