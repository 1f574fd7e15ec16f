#ifdef PEG
struct T_SRC {
	char *fl; int ln;
} T_SRC[NTRANS];

void
tr_2_src(int m, char *file, int ln)
{	T_SRC[m].fl = file;
	T_SRC[m].ln = ln;
}

void
putpeg(int n, int m)
{	printf("%5d	trans %4d ", m, n);
	printf("%s:%d\n",
		T_SRC[n].fl, T_SRC[n].ln);
}
#endif

void
settable(void)
{	Trans *T;
	Trans *settr(int, int, int, int, int, char *, int, int, int);

	trans = (Trans ***) emalloc(2*sizeof(Trans **));

	/* proctype 0: :init: */

	trans[0] = (Trans **) emalloc(814*sizeof(Trans *));

/*->*/	trans[0][11]	= settr(10,32,810,3,3,"D_STEP253", 1, 2, 0);
	trans[0][811]	= settr(810,0,810,1,0,".(goto)", 0, 2, 0);
	T = trans[0][810] = settr(809,0,0,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,22,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,33,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,46,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,58,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,69,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,80,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,91,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,104,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,116,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,127,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,137,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,147,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,168,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,180,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,188,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,198,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,210,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,215,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,222,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,242,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,246,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,249,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,265,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,278,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,282,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,311,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,321,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,344,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,361,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,365,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,368,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,371,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,386,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,397,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,414,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,424,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,439,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,458,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,543,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,688,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,702,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,713,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,726,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,730,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,733,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,748,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(809,0,758,0,0,"DO", 0, 2, 0);
	    T->nxt	= settr(809,0,809,0,0,"DO", 0, 2, 0);
/*->*/	trans[0][22]	= settr(21,32,810,4,4,"D_STEP287", 1, 2, 0);
/*->*/	trans[0][33]	= settr(32,32,810,5,5,"D_STEP287", 1, 2, 0);
/*->*/	trans[0][46]	= settr(45,32,810,6,6,"D_STEP287", 1, 2, 0);
/*->*/	trans[0][58]	= settr(57,32,810,7,7,"D_STEP287", 1, 2, 0);
/*->*/	trans[0][69]	= settr(68,32,810,8,8,"D_STEP287", 1, 2, 0);
/*->*/	trans[0][80]	= settr(79,32,810,9,9,"D_STEP289", 1, 2, 0);
/*->*/	trans[0][91]	= settr(90,32,810,10,10,"D_STEP289", 1, 2, 0);
/*->*/	trans[0][104]	= settr(103,32,810,11,11,"D_STEP289", 1, 2, 0);
/*->*/	trans[0][116]	= settr(115,32,810,12,12,"D_STEP289", 1, 2, 0);
/*->*/	trans[0][127]	= settr(126,32,810,13,13,"D_STEP289", 1, 2, 0);
/*->*/	trans[0][137]	= settr(136,32,810,14,14,"D_STEP295", 1, 2, 0);
/*->*/	trans[0][147]	= settr(146,32,810,15,15,"D_STEP296", 1, 2, 0);
/*->*/	trans[0][168]	= settr(167,32,810,16,16,"D_STEP297", 1, 2, 0);
/*->*/	trans[0][180]	= settr(179,32,810,17,17,"D_STEP302", 1, 2, 0);
/*->*/	trans[0][188]	= settr(187,32,810,18,18,"D_STEP304", 1, 2, 0);
/*->*/	trans[0][198]	= settr(197,32,810,19,19,"D_STEP308", 1, 2, 0);
/*->*/	trans[0][210]	= settr(209,32,810,20,20,"D_STEP310", 1, 2, 0);
/*->*/	trans[0][215]	= settr(214,32,810,21,21,"D_STEP315", 1, 2, 0);
/*->*/	trans[0][222]	= settr(221,32,810,22,22,"D_STEP316", 1, 2, 0);
/*->*/	trans[0][242]	= settr(241,32,810,23,23,"D_STEP328", 1, 2, 0);
/*->*/	trans[0][246]	= settr(245,32,810,24,24,"D_STEP333", 1, 2, 0);
/*->*/	trans[0][249]	= settr(248,32,810,25,25,"D_STEP334", 1, 2, 0);
/*->*/	trans[0][265]	= settr(264,32,810,26,26,"D_STEP339", 1, 2, 0);
	T = trans[ 0][278] = settr(277,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(277,2,266,0,0,"ATOMIC", 1, 2, 0);
	trans[0][266]	= settr(265,2,274,27,27,"((((((r_at==0)&&(c_at==0))&&!(checkpointing))&&(published>reclaimed))&&((reserved-reclaimed)>1)))", 1, 2, 0); /* m: 267 -> 274,0 */
	reached0[267] = 1;
	trans[0][267]	= settr(0,0,0,0,0,"checkpointing = 1",0,0,0);
	trans[0][268]	= settr(0,0,0,0,0,"c_address = reclaimed",0,0,0);
	trans[0][269]	= settr(0,0,0,0,0,"c_full = 1",0,0,0);
	trans[0][270]	= settr(0,0,0,0,0,"c_end = (reclaimed+1)",0,0,0);
	trans[0][275]	= settr(274,2,274,1,0,".(goto)", 1, 2, 0);
	T = trans[0][274] = settr(273,2,0,0,0,"DO", 1, 2, 0);
	T = T->nxt	= settr(273,2,271,0,0,"DO", 1, 2, 0);
	    T->nxt	= settr(273,2,273,0,0,"DO", 1, 2, 0);
	trans[0][271]	= settr(270,2,274,28,28,"((c_end<published))", 1, 2, 0); /* m: 272 -> 274,0 */
	reached0[272] = 1;
	trans[0][272]	= settr(0,0,0,0,0,"c_end = (c_end+1)",0,0,0);
	trans[0][273]	= settr(272,2,276,1,0,"goto :b8", 1, 2, 0);
	trans[0][276]	= settr(275,2,277,1,0,"break", 1, 2, 0);
	trans[0][277]	= settr(276,0,810,29,29,"c_at = 1", 1, 2, 0);
/*->*/	trans[0][282]	= settr(281,32,810,30,30,"D_STEP399", 1, 2, 0);
/*->*/	trans[0][311]	= settr(310,32,810,31,31,"D_STEP400", 1, 2, 0);
/*->*/	trans[0][321]	= settr(320,32,810,32,32,"D_STEP423", 1, 2, 0);
/*->*/	trans[0][344]	= settr(343,32,810,33,33,"D_STEP425", 1, 2, 0);
/*->*/	trans[0][361]	= settr(360,32,810,34,34,"D_STEP434", 1, 2, 0);
/*->*/	trans[0][365]	= settr(364,32,810,35,35,"D_STEP438", 1, 2, 0);
/*->*/	trans[0][368]	= settr(367,32,810,36,36,"D_STEP443", 1, 2, 0);
/*->*/	trans[0][371]	= settr(370,32,810,37,37,"D_STEP455", 1, 2, 0);
/*->*/	trans[0][386]	= settr(385,32,810,38,38,"D_STEP458", 1, 2, 0);
/*->*/	trans[0][397]	= settr(396,32,810,39,39,"D_STEP470", 1, 2, 0);
/*->*/	trans[0][414]	= settr(413,32,810,40,40,"D_STEP479", 1, 2, 0);
/*->*/	trans[0][424]	= settr(423,32,810,41,41,"D_STEP502", 1, 2, 0);
/*->*/	trans[0][439]	= settr(438,32,810,42,42,"D_STEP504", 1, 2, 0);
/*->*/	trans[0][458]	= settr(457,32,810,43,43,"D_STEP514", 1, 2, 0);
	T = trans[ 0][543] = settr(542,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(542,2,459,0,0,"ATOMIC", 1, 2, 0);
	trans[0][459]	= settr(458,2,540,44,44,"(((crashes<2)&&!((r_at==1))))", 1, 2, 0); /* m: 460 -> 540,0 */
	reached0[460] = 1;
	trans[0][460]	= settr(0,0,0,0,0,"crashes = (crashes+1)",0,0,0);
	trans[0][461]	= settr(0,0,0,0,0,"w_at[0] = 0",0,0,0);
	trans[0][462]	= settr(0,0,0,0,0,"w_address[0] = 0",0,0,0);
	trans[0][463]	= settr(0,0,0,0,0,"w_slot[0] = 0",0,0,0);
	trans[0][464]	= settr(0,0,0,0,0,"w_ballot[0] = 0",0,0,0);
	trans[0][465]	= settr(0,0,0,0,0,"w_won[0] = 0",0,0,0);
	trans[0][466]	= settr(0,0,0,0,0,"w_at[1] = 0",0,0,0);
	trans[0][467]	= settr(0,0,0,0,0,"w_address[1] = 0",0,0,0);
	trans[0][468]	= settr(0,0,0,0,0,"w_slot[1] = 0",0,0,0);
	trans[0][469]	= settr(0,0,0,0,0,"w_ballot[1] = 0",0,0,0);
	trans[0][470]	= settr(0,0,0,0,0,"w_won[1] = 0",0,0,0);
	trans[0][471]	= settr(0,0,0,0,0,"m_at = 0",0,0,0);
	trans[0][472]	= settr(0,0,0,0,0,"m_address = 0",0,0,0);
	trans[0][473]	= settr(0,0,0,0,0,"m_slot = 0",0,0,0);
	trans[0][474]	= settr(0,0,0,0,0,"m_relies = 0",0,0,0);
	trans[0][475]	= settr(0,0,0,0,0,"p_at = 0",0,0,0);
	trans[0][476]	= settr(0,0,0,0,0,"p_address = 0",0,0,0);
	trans[0][477]	= settr(0,0,0,0,0,"p_ballot = 0",0,0,0);
	trans[0][478]	= settr(0,0,0,0,0,"control = 0",0,0,0);
	trans[0][479]	= settr(0,0,0,0,0,"l_at = 0",0,0,0);
	trans[0][480]	= settr(0,0,0,0,0,"l_target = 0",0,0,0);
	trans[0][481]	= settr(0,0,0,0,0,"c_at = 0",0,0,0);
	trans[0][482]	= settr(0,0,0,0,0,"c_end = 0",0,0,0);
	trans[0][483]	= settr(0,0,0,0,0,"c_address = 0",0,0,0);
	trans[0][484]	= settr(0,0,0,0,0,"c_copy = 0",0,0,0);
	trans[0][485]	= settr(0,0,0,0,0,"c_list = 0",0,0,0);
	trans[0][486]	= settr(0,0,0,0,0,"c_relied = 0",0,0,0);
	trans[0][487]	= settr(0,0,0,0,0,"c_full = 0",0,0,0);
	trans[0][488]	= settr(0,0,0,0,0,"c_leans = 0",0,0,0);
	trans[0][489]	= settr(0,0,0,0,0,"checkpointing = 0",0,0,0);
	trans[0][490]	= settr(0,0,0,0,0,"snapshot.vote[0] = 0",0,0,0);
	trans[0][491]	= settr(0,0,0,0,0,"snapshot.vote[1] = 0",0,0,0);
	trans[0][492]	= settr(0,0,0,0,0,"snapshot.chosen[0] = 0",0,0,0);
	trans[0][493]	= settr(0,0,0,0,0,"snapshot.chosen[1] = 0",0,0,0);
	trans[0][494]	= settr(0,0,0,0,0,"snapshot.promise = 0",0,0,0);
	T = trans[0][540] = settr(539,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(539,2,495,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(539,2,496,0,0,"IF", 1, 2, 0);
	trans[0][495]	= settr(494,0,810,45,45,"power = 0", 1, 2, 0); /* m: 541 -> 0,810 */
	reached0[541] = 1;
	trans[0][541]	= settr(540,0,810,46,46,".(goto)", 1, 2, 0); /* m: 542 -> 0,810 */
	reached0[542] = 1;
	trans[0][496]	= settr(495,2,510,47,47,"power = 1", 1, 2, 0); /* m: 497 -> 0,510 */
	reached0[497] = 1;
	trans[0][497]	= settr(0,0,0,0,0,"x = 0",0,0,0);
	trans[0][511]	= settr(510,2,510,1,0,".(goto)", 1, 2, 0);
	T = trans[0][510] = settr(509,2,0,0,0,"DO", 1, 2, 0);
	T = T->nxt	= settr(509,2,498,0,0,"DO", 1, 2, 0);
	T = T->nxt	= settr(509,2,506,0,0,"DO", 1, 2, 0);
	    T->nxt	= settr(509,2,508,0,0,"DO", 1, 2, 0);
	trans[0][498]	= settr(497,2,503,48,0,"(((x<5)&&(pc[x]!=disk[x])))", 1, 2, 0);
	T = trans[0][503] = settr(502,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(502,2,499,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(502,2,500,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(502,2,501,0,0,"IF", 1, 2, 0);
	trans[0][499]	= settr(498,2,510,49,49,"pc[x] = disk[x]", 1, 2, 0); /* m: 505 -> 0,510 */
	reached0[505] = 1;
	trans[0][504]	= settr(503,2,505,1,0,".(goto)", 1, 2, 0); /* m: 505 -> 0,510 */
	reached0[505] = 1;
	trans[0][500]	= settr(499,2,510,50,50,"disk[x] = pc[x]", 1, 2, 0); /* m: 505 -> 0,510 */
	reached0[505] = 1;
	trans[0][501]	= settr(500,2,510,51,51,"pc[x] = 16384", 1, 2, 0); /* m: 502 -> 0,510 */
	reached0[502] = 1;
	trans[0][502]	= settr(0,0,0,0,0,"disk[x] = 16384",0,0,0);
	trans[0][505]	= settr(504,2,510,52,52,"x = (x+1)", 1, 2, 0);
	trans[0][506]	= settr(505,2,510,53,53,"(((x<5)&&(pc[x]==disk[x])))", 1, 2, 0); /* m: 507 -> 510,0 */
	reached0[507] = 1;
	trans[0][507]	= settr(0,0,0,0,0,"x = (x+1)",0,0,0);
	trans[0][508]	= settr(507,2,516,54,54,"((x==5))", 1, 2, 0); /* m: 513 -> 516,0 */
	reached0[513] = 1;
	trans[0][509]	= settr(508,2,513,1,0,"goto :b12", 1, 2, 0); /* m: 513 -> 0,516 */
	reached0[513] = 1;
	trans[0][512]	= settr(511,2,513,1,0,"break", 1, 2, 0);
	trans[0][513]	= settr(512,2,516,55,55,"x = 0", 1, 2, 0);
	T = trans[0][516] = settr(515,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(515,2,514,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(515,2,515,0,0,"IF", 1, 2, 0);
	trans[0][514]	= settr(513,2,520,56,56,"tail_pc[0] = tail_disk[0]", 1, 2, 0);
	trans[0][517]	= settr(516,2,520,1,0,".(goto)", 1, 2, 0);
	trans[0][515]	= settr(514,2,520,57,57,"tail_disk[0] = tail_pc[0]", 1, 2, 0);
	T = trans[0][520] = settr(519,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(519,2,518,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(519,2,519,0,0,"IF", 1, 2, 0);
	trans[0][518]	= settr(517,2,538,58,58,"tail_pc[1] = tail_disk[1]", 1, 2, 0);
	trans[0][521]	= settr(520,2,538,1,0,".(goto)", 1, 2, 0);
	trans[0][519]	= settr(518,2,538,59,59,"tail_disk[1] = tail_pc[1]", 1, 2, 0);
	T = trans[0][538] = settr(537,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(537,2,529,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(537,2,537,0,0,"IF", 1, 2, 0);
	T = trans[ 0][529] = settr(528,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(528,0,522,0,0,"sub-sequence", 1, 2, 0);
	trans[0][522]	= settr(521,0,810,60,60,"super_pc.begin = super_disk.begin", 1, 2, 0); /* m: 523 -> 0,810 */
	reached0[523] = 1;
	trans[0][523]	= settr(0,0,0,0,0,"super_pc.begin_inc = super_disk.begin_inc",0,0,0);
	trans[0][524]	= settr(0,0,0,0,0,"super_pc.inc = super_disk.inc",0,0,0);
	trans[0][525]	= settr(0,0,0,0,0,"super_pc.promised = super_disk.promised",0,0,0);
	trans[0][526]	= settr(0,0,0,0,0,"super_pc.durable = super_disk.durable",0,0,0);
	trans[0][527]	= settr(0,0,0,0,0,"super_pc.tail = super_disk.tail",0,0,0);
	trans[0][528]	= settr(0,0,0,0,0,"super_pc.shared = super_disk.shared",0,0,0);
	trans[0][539]	= settr(538,2,541,1,0,".(goto)", 1, 2, 0); /* m: 541 -> 0,810 */
	reached0[541] = 1;
	T = trans[ 0][537] = settr(536,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(536,0,530,0,0,"sub-sequence", 1, 2, 0);
	trans[0][530]	= settr(529,0,810,61,61,"super_disk.begin = super_pc.begin", 1, 2, 0); /* m: 531 -> 0,810 */
	reached0[531] = 1;
	trans[0][531]	= settr(0,0,0,0,0,"super_disk.begin_inc = super_pc.begin_inc",0,0,0);
	trans[0][532]	= settr(0,0,0,0,0,"super_disk.inc = super_pc.inc",0,0,0);
	trans[0][533]	= settr(0,0,0,0,0,"super_disk.promised = super_pc.promised",0,0,0);
	trans[0][534]	= settr(0,0,0,0,0,"super_disk.durable = super_pc.durable",0,0,0);
	trans[0][535]	= settr(0,0,0,0,0,"super_disk.tail = super_pc.tail",0,0,0);
	trans[0][536]	= settr(0,0,0,0,0,"super_disk.shared = super_pc.shared",0,0,0);
	trans[0][542]	= settr(0,0,0,0,0,"r_at = 1",0,0,0);
/*->*/	trans[0][688]	= settr(687,32,810,62,62,"D_STEP565", 1, 2, 0);
/*->*/	trans[0][702]	= settr(701,32,810,63,63,"D_STEP591", 1, 2, 0);
/*->*/	trans[0][713]	= settr(712,32,810,64,64,"D_STEP596", 1, 2, 0);
/*->*/	trans[0][726]	= settr(725,32,810,65,65,"D_STEP602", 1, 2, 0);
/*->*/	trans[0][730]	= settr(729,32,810,66,66,"D_STEP604", 1, 2, 0);
/*->*/	trans[0][733]	= settr(732,32,810,67,67,"D_STEP605", 1, 2, 0);
/*->*/	trans[0][748]	= settr(747,32,810,68,68,"D_STEP609", 1, 2, 0);
/*->*/	trans[0][758]	= settr(757,32,810,69,69,"D_STEP610", 1, 2, 0);
/*->*/	trans[0][809]	= settr(808,32,810,70,70,"D_STEP611", 1, 2, 0);
	trans[0][812]	= settr(811,0,813,1,0,"break", 0, 2, 0);
	trans[0][813]	= settr(812,0,0,71,71,"-end-", 0, 3500, 0);
	/* np_ demon: */
	trans[_NP_] = (Trans **) emalloc(3*sizeof(Trans *));
	T = trans[_NP_][0] = settr(9997,0,1,_T5,0,"(np_)", 1,2,0);
	    T->nxt	  = settr(9998,0,0,_T2,0,"(1)",   0,2,0);
	T = trans[_NP_][1] = settr(9999,0,1,_T5,0,"(np_)", 1,2,0);
}

Trans *
settr(	int t_id, int a, int b, int c, int d,
	char *t, int g, int tpe0, int tpe1)
{	Trans *tmp = (Trans *) emalloc(sizeof(Trans));

	tmp->atom  = a&(6|32);	/* only (2|8|32) have meaning */
	if (!g) tmp->atom |= 8;	/* no global references */
	tmp->st    = b;
	tmp->tpe[0] = tpe0;
	tmp->tpe[1] = tpe1;
	tmp->tp    = t;
	tmp->t_id  = t_id;
	tmp->forw  = c;
	tmp->back  = d;
	return tmp;
}

Trans *
cpytr(Trans *a)
{	Trans *tmp = (Trans *) emalloc(sizeof(Trans));

	int i;
	tmp->atom  = a->atom;
	tmp->st    = a->st;
#ifdef HAS_UNLESS
	tmp->e_trans = a->e_trans;
	for (i = 0; i < HAS_UNLESS; i++)
		tmp->escp[i] = a->escp[i];
#endif
	tmp->tpe[0] = a->tpe[0];
	tmp->tpe[1] = a->tpe[1];
	for (i = 0; i < 6; i++)
	{	tmp->qu[i] = a->qu[i];
		tmp->ty[i] = a->ty[i];
	}
	tmp->tp    = (char *) emalloc(strlen(a->tp)+1);
	strcpy(tmp->tp, a->tp);
	tmp->t_id  = a->t_id;
	tmp->forw  = a->forw;
	tmp->back  = a->back;
	return tmp;
}

#ifndef NOREDUCE
int
srinc_set(int n)
{	if (n <= 2) return LOCAL;
	if (n <= 2+  DELTA) return Q_FULL_F; /* 's' or nfull  */
	if (n <= 2+2*DELTA) return Q_EMPT_F; /* 'r' or nempty */
	if (n <= 2+3*DELTA) return Q_EMPT_T; /* empty */
	if (n <= 2+4*DELTA) return Q_FULL_T; /* full  */
	if (n ==   5*DELTA) return GLOBAL;
	if (n ==   6*DELTA) return TIMEOUT_F;
	if (n ==   7*DELTA) return ALPHA_F;
	Uerror("cannot happen srinc_class");
	return BAD;
}
int
srunc(int n, int m)
{	switch(m) {
	case Q_FULL_F: return n-2;
	case Q_EMPT_F: return n-2-DELTA;
	case Q_EMPT_T: return n-2-2*DELTA;
	case Q_FULL_T: return n-2-3*DELTA;
	case ALPHA_F:
	case TIMEOUT_F: return 257; /* non-zero, and > MAXQ */
	}
	Uerror("cannot happen srunc");
	return 0;
}
#endif
int cnt;
#ifdef HAS_UNLESS
int
isthere(Trans *a, int b)
{	Trans *t;
	for (t = a; t; t = t->nxt)
		if (t->t_id == b)
			return 1;
	return 0;
}
#endif
#ifndef NOREDUCE
int
mark_safety(Trans *t) /* for conditional safety */
{	int g = 0, i, j, k;

	if (!t) return 0;
	if (t->qu[0])
		return (t->qu[1])?2:1;	/* marked */

	for (i = 0; i < 2; i++)
	{	j = srinc_set(t->tpe[i]);
		if (j >= GLOBAL && j != ALPHA_F)
			return -1;
		if (j != LOCAL)
		{	k = srunc(t->tpe[i], j);
			if (g == 0
			||  t->qu[0] != k
			||  t->ty[0] != j)
			{	t->qu[g] = k;
				t->ty[g] = j;
				g++;
	}	}	}
	return g;
}
#endif
void
retrans(int n, int m, int is, short srcln[], uchar reach[], uchar lpstate[])
	/* process n, with m states, is=initial state */
{	Trans *T0, *T1, *T2, *T3;
	Trans *T4, *T5; /* t_reverse or has_unless */
	int i;
#if defined(HAS_UNLESS) || !defined(NOREDUCE)
	int k;
#endif
#ifndef NOREDUCE
	int g, h, j, aa;
#endif
#ifdef HAS_UNLESS
	int p;
#endif
	if (state_tables >= 4)
	{	printf("STEP 1 %s\n", 
			procname[n]);
		for (i = 1; i < m; i++)
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			crack(n, i, T0, srcln);
		return;
	}
	do {
		for (i = 1, cnt = 0; i < m; i++)
		{	T2 = trans[n][i];
			T1 = T2?T2->nxt:(Trans *)0;
/* prescan: */		for (T0 = T1; T0; T0 = T0->nxt)
/* choice in choice */	{	if (T0->st && trans[n][T0->st]
				&&  trans[n][T0->st]->nxt)
					break;
			}
#if 0
		if (T0)
		printf("\tstate %d / %d: choice in choice\n",
		i, T0->st);
#endif
			if (T0)
			for (T0 = T1; T0; T0 = T0->nxt)
			{	T3 = trans[n][T0->st];
				if (!T3->nxt)
				{	T2->nxt = cpytr(T0);
					T2 = T2->nxt;
					imed(T2, T0->st, n, i);
					continue;
				}
				do {	T3 = T3->nxt;
					T2->nxt = cpytr(T3);
					T2 = T2->nxt;
					imed(T2, T0->st, n, i);
				} while (T3->nxt);
				cnt++;
			}
		}
	} while (cnt);
	if (state_tables >= 3)
	{	printf("STEP 2 %s\n", 
			procname[n]);
		for (i = 1; i < m; i++)
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			crack(n, i, T0, srcln);
		return;
	}
	for (i = 1; i < m; i++)
	{	if (trans[n][i] && trans[n][i]->nxt) /* optimize */
		{	T1 = trans[n][i]->nxt;
#if 0
			printf("\t\tpull %d (%d) to %d\n",
			T1->st, T1->forw, i);
#endif
			srcln[i] = srcln[T1->st];	/* Oyvind Teig, 5.2.0 */

			if (!trans[n][T1->st]) continue;
			T0 = cpytr(trans[n][T1->st]);
			trans[n][i] = T0;
			reach[T1->st] = 1;
			imed(T0, T1->st, n, i);
			for (T1 = T1->nxt; T1; T1 = T1->nxt)
			{
#if 0
			printf("\t\tpull %d (%d) to %d\n",
				T1->st, T1->forw, i);
#endif
		/*		srcln[i] = srcln[T1->st];  gh: not useful */
				if (!trans[n][T1->st]) continue;
				T0->nxt = cpytr(trans[n][T1->st]);
				T0 = T0->nxt;
				reach[T1->st] = 1;
				imed(T0, T1->st, n, i);
	}	}	}
	if (state_tables >= 2)
	{	printf("STEP 3 %s\n", 
			procname[n]);
		for (i = 1; i < m; i++)
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			crack(n, i, T0, srcln);
		return;
	}
#ifdef HAS_UNLESS
	for (i = 1; i < m; i++)
	{	if (!trans[n][i]) continue;
		/* check for each state i if an
		 * escape to some state p is defined
		 * if so, copy and mark p's transitions
		 * and prepend them to the transition-
		 * list of state i
		 */
	 if (!like_java) /* the default */
	 {	for (T0 = trans[n][i]; T0; T0 = T0->nxt)
		for (k = HAS_UNLESS-1; k >= 0; k--)
		{	if (p = T0->escp[k])
			for (T1 = trans[n][p]; T1; T1 = T1->nxt)
			{	if (isthere(trans[n][i], T1->t_id))
					continue;
				T2 = cpytr(T1);
				T2->e_trans = p;
				T2->nxt = trans[n][i];
				trans[n][i] = T2;
		}	}
	 } else /* outermost unless checked first */
	 {	T4 = T3 = (Trans *) 0;
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
		for (k = HAS_UNLESS-1; k >= 0; k--)
		{	if (p = T0->escp[k])
			for (T1 = trans[n][p]; T1; T1 = T1->nxt)
			{	if (isthere(trans[n][i], T1->t_id))
					continue;
				T2 = cpytr(T1);
				T2->nxt = (Trans *) 0;
				T2->e_trans = p;
				if (T3)	T3->nxt = T2;
				else	T4 = T2;
				T3 = T2;
		}	}
		if (T4)
		{	T3->nxt = trans[n][i];
			trans[n][i] = T4;
		}
	 }
	}
#endif
#ifndef NOREDUCE
	for (i = 1; i < m; i++)
	{	if (a_cycles)
		{ /* moves through these states are visible */
	#if PROG_LAB>0 && defined(HAS_NP)
			if (progstate[n][i])
				goto degrade;
			for (T1 = trans[n][i]; T1; T1 = T1->nxt)
				if (progstate[n][T1->st])
					goto degrade;
	#endif
			if (accpstate[n][i] || visstate[n][i])
				goto degrade;
			for (T1 = trans[n][i]; T1; T1 = T1->nxt)
				if (accpstate[n][T1->st])
					goto degrade;
		}
		T1 = trans[n][i];
		if (!T1) continue;
		g = mark_safety(T1);	/* V3.3.1 */
		if (g < 0) goto degrade; /* global */
		/* check if mixing of guards preserves reduction */
		if (T1->nxt)
		{	k = 0;
			for (T0 = T1; T0; T0 = T0->nxt)
			{	if (!(T0->atom&8))
					goto degrade;
				for (aa = 0; aa < 2; aa++)
				{	j = srinc_set(T0->tpe[aa]);
					if (j >= GLOBAL && j != ALPHA_F)
						goto degrade;
					if (T0->tpe[aa]
					&&  T0->tpe[aa]
					!=  T1->tpe[0])
						k = 1;
			}	}
			/* g = 0;	V3.3.1 */
			if (k)	/* non-uniform selection */
			for (T0 = T1; T0; T0 = T0->nxt)
			for (aa = 0; aa < 2; aa++)
			{	j = srinc_set(T0->tpe[aa]);
				if (j != LOCAL)
				{	k = srunc(T0->tpe[aa], j);
					for (h = 0; h < 6; h++)
						if (T1->qu[h] == k
						&&  T1->ty[h] == j)
							break;
					if (h >= 6)
					{	T1->qu[g%6] = k;
						T1->ty[g%6] = j;
						g++;
			}	}	}
			if (g > 6)
			{	T1->qu[0] = 0;	/* turn it off */
				printf("pan: warning, line %d, ",
					srcln[i]);
			 	printf("too many stmnt types (%d)",
					g);
			  	printf(" in selection\n");
			  goto degrade;
			}
		}
		/* mark all options global if >=1 is global */
		for (T1 = trans[n][i]; T1; T1 = T1->nxt)
			if (!(T1->atom&8)) break;
		if (T1)
degrade:	for (T1 = trans[n][i]; T1; T1 = T1->nxt)
			T1->atom &= ~8;	/* mark as unsafe */
		/* can only mix 'r's or 's's if on same chan */
		/* and not mixed with other local operations */
		T1 = trans[n][i];
		if (!T1 || T1->qu[0]) continue;
		j = T1->tpe[0];
		if (T1->nxt && T1->atom&8)
		{ if (j == 5*DELTA)
		  {	printf("warning: line %d ", srcln[i]);
			printf("mixed condition ");
			printf("(defeats reduction)\n");
			goto degrade;
		  }
		  for (T0 = T1; T0; T0 = T0->nxt)
		  for (aa = 0; aa < 2; aa++)
		  if  (T0->tpe[aa] && T0->tpe[aa] != j)
		  {	printf("warning: line %d ", srcln[i]);
			printf("[%d-%d] mixed %stion ",
				T0->tpe[aa], j, 
				(j==5*DELTA)?"condi":"selec");
			printf("(defeats reduction)\n");
			printf("	'%s' <-> '%s'\n",
				T1->tp, T0->tp);
			goto degrade;
		} }
	}
#endif
	for (i = 1; i < m; i++)
	{	T2 = trans[n][i];
		if (!T2
		||  T2->nxt
		||  strncmp(T2->tp, ".(goto)", 7)
		||  !stopstate[n][i])
			continue;
		stopstate[n][T2->st] = 1;
	}
	if (state_tables && !verbose)
	{	if (dodot)
		{	char buf[256], *q = buf, *p = procname[n];
			while (*p != '\0')
			{	if (*p != ':')
				{	*q++ = *p;
				}
				p++;
			}
			*q = '\0';
			printf("digraph ");
			switch (Btypes[n]) {
			case I_PROC:  printf("init {\n"); break;
			case N_CLAIM: printf("claim_%s {\n", buf); break;
			case E_TRACE: printf("notrace {\n"); break;
			case N_TRACE: printf("trace {\n"); break;
			default:      printf("p_%s {\n", buf); break;
			}
			printf("size=\"8,10\";\n");
			printf("  GT [shape=box,style=dotted,label=\"%s\"];\n", buf);
			printf("  GT -> S%d;\n", is);
		} else
		{	switch (Btypes[n]) {
			case I_PROC:  printf("init\n"); break;
			case N_CLAIM: printf("claim %s\n", procname[n]); break;
			case E_TRACE: printf("notrace assertion\n"); break;
			case N_TRACE: printf("trace assertion\n"); break;
			default:      printf("proctype %s\n", procname[n]); break;
		}	}
		for (i = 1; i < m; i++)
		{	reach[i] = 1;
		}
		tagtable(n, m, is, srcln, reach);
		if (dodot) printf("}\n");
	} else
	for (i = 1; i < m; i++)
	{	int nrelse;
		if (Btypes[n] != N_CLAIM)
		{	for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			{	if (T0->st == i
				&& strcmp(T0->tp, "(1)") == 0)
				{	printf("error: proctype '%s' ",
						procname[n]);
		  			printf("line %d, state %d: has un",
						srcln[i], i);
					printf("conditional self-loop\n");
					pan_exit(1);
		}	}	}
		nrelse = 0;
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
		{	if (strcmp(T0->tp, "else") == 0)
				nrelse++;
		}
		if (nrelse > 1)
		{	printf("error: proctype '%s' state",
				procname[n]);
		  	printf(" %d, inherits %d", i, nrelse);
		  	printf(" 'else' stmnts\n");
			pan_exit(1);
	}	}
#if !defined(LOOPSTATE) && !defined(BFS_PAR)
	if (state_tables)
#endif
	do_dfs(n, m, is, srcln, reach, lpstate);

	if (!t_reverse)
	{	return;
	}
	/* process n, with m states, is=initial state -- reverse list */
	if (!state_tables && Btypes[n] != N_CLAIM)
	{	for (i = 1; i < m; i++)
		{	Trans *Tx = (Trans *) 0; /* list of escapes */
			Trans *Ty = (Trans *) 0; /* its tail element */
			T1 = (Trans *) 0; /* reversed list */
			T2 = (Trans *) 0; /* its tail */
			T3 = (Trans *) 0; /* remembers possible 'else' */

			/* find unless-escapes, they should go first */
			T4 = T5 = T0 = trans[n][i];
	#ifdef HAS_UNLESS
			while (T4 && T4->e_trans) /* escapes are first in orig list */
			{	T5 = T4;	  /* remember predecessor */
				T4 = T4->nxt;
			}
	#endif
			/* T4 points to first non-escape, T5 to its parent, T0 to original list */
			if (T4 != T0)		 /* there was at least one escape */
			{	T3 = T5->nxt;		 /* start of non-escapes */
				T5->nxt = (Trans *) 0;	 /* separate */
				Tx = T0;		 /* start of the escapes */
				Ty = T5;		 /* its tail */
				T0 = T3;		 /* the rest, to be reversed */
			}
			/* T0 points to first non-escape, Tx to the list of escapes, Ty to its tail */

			/* first tail-add non-escape transitions, reversed */
			T3 = (Trans *) 0;
			for (T5 = T0; T5; T5 = T4)
			{	T4 = T5->nxt;
	#ifdef HAS_UNLESS
				if (T5->e_trans)
				{	printf("error: cannot happen!\n");
					continue;
				}
	#endif
				if (strcmp(T5->tp, "else") == 0)
				{	T3 = T5;
					T5->nxt = (Trans *) 0;
				} else
				{	T5->nxt = T1;
					if (!T1) { T2 = T5; }
					T1 = T5;
			}	}
			/* T3 points to a possible else, which is removed from the list */
			/* T1 points to the reversed list so far (without escapes) */
			/* T2 points to the tail element -- where the else should go */
			if (T2 && T3)
			{	T2->nxt = T3;	/* add else */
			} else
			{	if (T3) /* there was an else, but there's no tail */
				{	if (!T1)	/* and no reversed list */
					{	T1 = T3; /* odd, but possible */
					} else		/* even stranger */
					{	T1->nxt = T3;
			}	}	}

			/* add in the escapes, to that they appear at the front */
			if (Tx && Ty) { Ty->nxt = T1; T1 = Tx; }

			trans[n][i] = T1;
			/* reversed, with escapes first and else last */
	}	}
	if (state_tables && verbose)
	{	printf("FINAL proctype %s\n", 
			procname[n]);
		for (i = 1; i < m; i++)
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			crack(n, i, T0, srcln);
	}
}
void
imed(Trans *T, int v, int n, int j)	/* set intermediate state */
{	progstate[n][T->st] |= progstate[n][v];
	accpstate[n][T->st] |= accpstate[n][v];
	stopstate[n][T->st] |= stopstate[n][v];
	mapstate[n][j] = T->st;
}
void
tagtable(int n, int m, int is, short srcln[], uchar reach[])
{	Trans *z;

	if (is >= m || !trans[n][is]
	||  is <= 0 || reach[is] == 0)
		return;
	reach[is] = 0;
	if (state_tables)
	for (z = trans[n][is]; z; z = z->nxt)
	{	if (dodot)
			dot_crack(n, is, z);
		else
			crack(n, is, z, srcln);
	}

	for (z = trans[n][is]; z; z = z->nxt)
	{
#ifdef HAS_UNLESS
		int i, j;
#endif
		tagtable(n, m, z->st, srcln, reach);
#ifdef HAS_UNLESS
		for (i = 0; i < HAS_UNLESS; i++)
		{	j = trans[n][is]->escp[i];
			if (!j) break;
			tagtable(n, m, j, srcln, reach);
		}
#endif
	}
}

extern Trans *t_id_lkup[];

void
dfs_table(int n, int m, int is, short srcln[], uchar reach[], uchar lpstate[])
{	Trans *z;

	if (is >= m || is <= 0 || !trans[n][is])
		return;
	if ((reach[is] & (4|8|16)) != 0)
	{	if ((reach[is] & (8|16)) == 16)	/* on stack, not yet recorded */
		{	lpstate[is] = 1;
			reach[is] |= 8; /* recorded */
			if (state_tables && verbose)
			{	printf("state %d line %d is a loopstate\n", is, srcln[is]);
		}	}
		return;
	}
	reach[is] |= (4|16);	/* visited | onstack */
	for (z = trans[n][is]; z; z = z->nxt)
	{	t_id_lkup[z->t_id] = z;
#ifdef HAS_UNLESS
		int i, j;
#endif
		dfs_table(n, m, z->st, srcln, reach, lpstate);
#ifdef HAS_UNLESS
		for (i = 0; i < HAS_UNLESS; i++)
		{	j = trans[n][is]->escp[i];
			if (!j) break;
			dfs_table(n, m, j, srcln, reach, lpstate);
		}
#endif
	}
	reach[is] &= ~16; /* no longer on stack */
}
void
do_dfs(int n, int m, int is, short srcln[], uchar reach[], uchar lpstate[])
{	int i;
	dfs_table(n, m, is, srcln, reach, lpstate);
	for (i = 0; i < m; i++)
		reach[i] &= ~(4|8|16);
}
void
crack(int n, int j, Trans *z, short srcln[])
{	int i;

	if (!z) return;
	printf("	state %3d -(tr %3d)-> state %3d  ",
		j, z->forw, z->st);
	printf("[id %3d tp %3d", z->t_id, z->tpe[0]);
	if (z->tpe[1]) printf(",%d", z->tpe[1]);
#ifdef HAS_UNLESS
	if (z->e_trans)
		printf(" org %3d", z->e_trans);
	else if (state_tables >= 2)
	for (i = 0; i < HAS_UNLESS; i++)
	{	if (!z->escp[i]) break;
		printf(" esc %d", z->escp[i]);
	}
#endif
	printf("]");
	printf(" [%s%s%s%s%s] %s:%d => ",
		z->atom&6?"A":z->atom&32?"D":"-",
		accpstate[n][j]?"a" :"-",
		stopstate[n][j]?"e" : "-",
		progstate[n][j]?"p" : "-",
		z->atom & 8 ?"L":"G",
		PanSource, srcln[j]);
	for (i = 0; z->tp[i]; i++)
		if (z->tp[i] == '\n')
			printf("\\n");
		else
			putchar(z->tp[i]);
	if (verbose && z->qu[0])
	{	printf("\t[");
		for (i = 0; i < 6; i++)
			if (z->qu[i])
				printf("(%d,%d)",
				z->qu[i], z->ty[i]);
		printf("]");
	}
	printf("\n");
	fflush(stdout);
}
/* spin -a m.pml; cc -o pan pan.c; ./pan -D | dot -Tps > foo.ps; ps2pdf foo.ps */
void
dot_crack(int n, int j, Trans *z)
{	int i;

	if (!z) return;
	printf("	S%d -> S%d  [color=black", j, z->st);

	if (z->atom&6) printf(",style=dashed");
	else if (z->atom&32) printf(",style=dotted");
	else if (z->atom&8) printf(",style=solid");
	else printf(",style=bold");

	printf(",label=\"");
	for (i = 0; z->tp[i]; i++)
	{	if (z->tp[i] == '\\'
		&&  z->tp[i+1] == 'n')
		{	i++; printf(" ");
		} else
		{	putchar(z->tp[i]);
	}	}
	printf("\"];\n");
	if (accpstate[n][j]) printf("  S%d [color=red,style=bold];\n", j);
	else if (progstate[n][j]) printf("  S%d [color=green,style=bold];\n", j);
	if (stopstate[n][j]) printf("  S%d [color=blue,style=bold,shape=box];\n", j);
}

#ifdef VAR_RANGES
#define BYTESIZE	32	/* 2^8 : 2^3 = 256:8 = 32 */

typedef struct Vr_Ptr {
	char	*nm;
	uchar	vals[BYTESIZE];
	struct Vr_Ptr *nxt;
} Vr_Ptr;
Vr_Ptr *ranges = (Vr_Ptr *) 0;

void
logval(char *s, int v)
{	Vr_Ptr *tmp;

	if (v<0 || v > 255) return;
	for (tmp = ranges; tmp; tmp = tmp->nxt)
		if (!strcmp(tmp->nm, s))
			goto found;
	tmp = (Vr_Ptr *) emalloc(sizeof(Vr_Ptr));
	tmp->nxt = ranges;
	ranges = tmp;
	tmp->nm = s;
found:
	tmp->vals[(v)/8] |= 1<<((v)%8);
}

void
dumpval(uchar X[], int range)
{	int w, x, i, j = -1;

	for (w = i = 0; w < range; w++)
	for (x = 0; x < 8; x++, i++)
	{
from:		if ((X[w] & (1<<x)))
		{	printf("%d", i);
			j = i;
			goto upto;
	}	}
	return;
	for (w = 0; w < range; w++)
	for (x = 0; x < 8; x++, i++)
	{
upto:		if (!(X[w] & (1<<x)))
		{	if (i-1 == j)
				printf(", ");
			else
				printf("-%d, ", i-1);
			goto from;
	}	}
	if (j >= 0 && j != 255)
		printf("-255");
}

void
dumpranges(void)
{	Vr_Ptr *tmp;
	printf("\nValues assigned within ");
	printf("interval [0..255]:\n");
	for (tmp = ranges; tmp; tmp = tmp->nxt)
	{	printf("\t%s\t: ", tmp->nm);
		dumpval(tmp->vals, BYTESIZE);
		printf("\n");
	}
}
#endif
